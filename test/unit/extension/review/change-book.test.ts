import { expect, it } from "vitest";
import type { WorkspacesEvent } from "../../../../extension/host/workspaces.ts";
import { ChangeBook } from "../../../../extension/review/change-book.ts";
import { delivered, workspaceId } from "../../../support/run-fixture.ts";
import { ignore, run, summary } from "./change-fixture.ts";

function setting(link = "live") {
  let listener: (event: WorkspacesEvent) => void = ignore;
  const due: (() => void)[] = [];
  const answers = [summary(), summary({ state: "applied" })];
  let asked = 0;
  const session = {
    workspaceId,
    name: "shop",
    link: { state: { kind: link } },
    request: async () => ({ changes: answers.slice(asked++).slice(0, 1) }) as never,
  };
  const book = new ChangeBook({
    folders: {
      sessions: [session],
      onEvent: (given) => {
        listener = given;
        return { dispose: ignore };
      },
    },
    later: (act) => {
      due.push(act);
      return ignore;
    },
    log: ignore,
  });
  const tell = (event: object): void =>
    listener({ kind: "folder", session, event } as unknown as WorkspacesEvent);
  const pass = async (): Promise<void> => {
    for (const act of due.splice(0)) act();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { book, tell, pass, session, asked: () => asked };
}

it("reads how changes stand when a host is there, and again when one was applied", async () => {
  const { book, tell, pass, asked } = setting();
  tell({ kind: "reset" });
  await pass();
  expect(book.summary(run)?.state).toBe("proposed");
  tell({ kind: "entry", delivered: delivered(1, "changeset.applied", {}) });
  tell({ kind: "entry", delivered: delivered(2, "run.finished", {}) });
  await pass();
  expect(book.summary(run)?.state).toBe("applied");
  expect(asked()).toBe(2);
});

it("starts no host to know it", async () => {
  const { tell, pass, asked } = setting("idle");
  tell({ kind: "reset" });
  await pass();
  expect(asked()).toBe(0);
});

it("does not ask for entries that change nothing about it", async () => {
  const { tell, pass, asked } = setting();
  tell({ kind: "entry", delivered: delivered(1, "task.started", {}) });
  await pass();
  expect(asked()).toBe(0);
});
