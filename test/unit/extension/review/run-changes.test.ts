import { describe, expect, it } from "vitest";
import type { WorkspacesEvent } from "../../../../extension/host/workspaces.ts";
import { countHunks, readPlaces, totalOf } from "../../../../extension/review/count-hunks.ts";
import { KeptHunks } from "../../../../extension/review/kept-hunks.ts";
import { RunChanges } from "../../../../extension/review/run-changes.ts";
import { FakeHost } from "../../../support/fake-host.ts";
import { delivered } from "../../../support/run-fixture.ts";
import { fileChange, hunk, ignore, memory, run, tree } from "./change-fixture.ts";

const file = { path: "a.ts", status: "modified", added: 1, removed: 1, mode: "100644" } as const;
const { signal } = new AbortController();

class Folders {
  private listener: (event: WorkspacesEvent) => void = ignore;

  onEvent(listener: (event: WorkspacesEvent) => void): { dispose(): void } {
    this.listener = listener;
    return { dispose: ignore };
  }

  tell(type: string, workspaceId = run.workspaceId): void {
    const event = { kind: "entry", delivered: delivered(9, type, {}) } as const;
    this.listener({ kind: "folder", session: { workspaceId }, event } as WorkspacesEvent);
  }

  reconnect(): void {
    const session = { workspaceId: run.workspaceId };
    this.listener({ kind: "folder", session, event: { kind: "reset" } } as WorkspacesEvent);
  }
}

function setting(answers: ConstructorParameters<typeof FakeHost>[0] = {}) {
  const folders = new Folders();
  const changes = new RunChanges(folders, ignore);
  const host = new FakeHost({
    "change/diff": () => ({ files: [file], diff: "" }),
    "change/file": () => fileChange({ hunks: [hunk(0, [1, 1], [1, 1], "-a\n+b")] }),
    ...answers,
  });
  // A session adds the workspace; the host of this test does not look at it.
  const session = { request: host.request as never };
  return { folders, changes, host, session };
}

describe("RunChanges", () => {
  it("asks for a file once, whoever shows it", async () => {
    const { changes, host, session } = setting();
    await Promise.all([
      changes.file(run, "a.ts", session, signal),
      changes.file(run, "a.ts", session, signal),
    ]);
    expect(host.asked("change/file")).toHaveLength(1);
    expect(changes.places(run, "a.ts")).toMatchObject({ tree, hunks: [{ index: 0 }] });
  });

  it.each(["changeset.merged", "changeset.undone", "run.deleted"])(
    "knows nothing any more after %s, and says so",
    async (type) => {
      const { changes, folders, host, session } = setting();
      await changes.file(run, "a.ts", session, signal);
      const told: string[] = [];
      changes.onChange.subscribe(({ runId }) => told.push(runId));
      folders.tell(type);
      expect(changes.places(run, "a.ts")).toBeUndefined();
      expect(told).toEqual([run.runId]);
      await changes.file(run, "a.ts", session, signal);
      expect(host.asked("change/file")).toHaveLength(2);
    },
  );

  it("keeps what it knows over entries that change no tree", async () => {
    const { changes, folders, session } = setting();
    await changes.file(run, "a.ts", session, signal);
    folders.tell("gate.evaluated");
    expect(changes.places(run, "a.ts")).toBeDefined();
  });

  it("asks anew after the host was away", async () => {
    const { changes, folders, host, session } = setting();
    await changes.files(run, session, signal);
    folders.reconnect();
    await changes.files(run, session, signal);
    expect(host.asked("change/diff")).toHaveLength(2);
  });

  it("does not take an answer for the tree before as the present one", async () => {
    const { changes, folders, session } = setting();
    const asked = changes.file(run, "a.ts", session, signal);
    folders.tell("changeset.merged");
    await asked;
    expect(changes.places(run, "a.ts")).toBeUndefined();
  });

  it("tries again after a failure", async () => {
    let calls = 0;
    const { changes, session } = setting({
      "change/file": () => {
        calls += 1;
        if (calls === 1) throw new Error("down");
        return fileChange();
      },
    });
    await expect(changes.file(run, "a.ts", session, signal)).rejects.toThrow("down");
    await expect(changes.file(run, "a.ts", session, signal)).resolves.toMatchObject({ tree });
  });

  it("keeps the changes of few runs", async () => {
    const { changes, session } = setting();
    for (let index = 0; index < 9; index++) {
      await changes.file({ ...run, runId: `r-${index}` }, "a.ts", session, signal);
    }
    const known = [0, 1, 8].map(
      (index) => changes.places({ ...run, runId: `r-${index}` }, "a.ts") !== undefined,
    );
    expect(known).toEqual([false, true, true]);
  });
});

it("counts the hunks of all files, and asks only for those it does not know", async () => {
  const files = ["a.ts", "b.ts", "c.ts"].map((path) => ({ ...file, path }));
  const { changes, host, session } = setting();
  const kept = new KeptHunks(memory(), ignore);
  await readPlaces(changes, { run, files }, session, signal);
  await readPlaces(changes, { run, files }, session, signal);
  expect(host.asked("change/file")).toHaveLength(3);
  await kept.keep(run, changes.places(run, "b.ts")?.hunks ?? [], true);
  const counts = countHunks({ changes, kept }, run, files);
  expect(counts["b.ts"]).toEqual({ reviewed: 1, total: 1 });
  expect(totalOf(counts)).toEqual({ reviewed: 1, total: 3 });
});
