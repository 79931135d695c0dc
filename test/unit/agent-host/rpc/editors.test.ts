import { describe, expect, it } from "vitest";
import { Editors } from "../../../../agent-host/rpc/editors.ts";
import { FakeWindow } from "./editor-fixture.ts";

const never = new AbortController().signal;

function editorsWith(...windows: FakeWindow[]): { editors: Editors; log: string[] } {
  const log: string[] = [];
  const editors = new Editors({ onSilent: (message) => log.push(message) });
  for (const window of windows) editors.add(window);
  return { editors, log };
}

const holding = (...dirty: string[]) => new FakeWindow({ "editor/dirty": () => ({ dirty }) });

describe("what windows have unsaved", () => {
  it("is what any of them says, of the paths that were asked about", async () => {
    const { editors } = editorsWith(holding("a.ts", "not-asked.ts"), holding("c.ts"), holding());
    expect(await editors.dirtyPaths(["a.ts", "b.ts", "c.ts"], never)).toEqual(["a.ts", "c.ts"]);
  });

  it("counts a window that does not answer within two seconds as none, and says so in the log", async () => {
    const silent = new FakeWindow();
    const { editors, log } = editorsWith(silent, holding("a.ts"));
    expect(await editors.dirtyPaths(["a.ts"], never)).toEqual(["a.ts"]);
    expect(silent.asked).toMatchObject([{ method: "editor/dirty", limitMs: 2_000 }]);
    expect(log).toEqual(["vscode 1 did not say what it has unsaved: no answer"]);
  });

  it("asks no client that is no editor, and no window that is gone", async () => {
    const command = holding("a.ts");
    command.isEditor = false;
    const gone = holding("a.ts");
    const { editors } = editorsWith(command, gone);
    gone.close();
    expect(await editors.dirtyPaths(["a.ts"], never)).toEqual([]);
    expect([...command.asked, ...gone.asked]).toEqual([]);
  });

  it("asks about many paths in parts", async () => {
    const window = holding("p-12000");
    const { editors } = editorsWith(window);
    const paths = Array.from({ length: 12_500 }, (_, index) => `p-${index}`);
    expect(await editors.dirtyPaths(paths, never)).toEqual(["p-12000"]);
    expect(window.asked).toHaveLength(2);
  });

  it("stops when nobody wants to know any more", async () => {
    const stop = new AbortController();
    const { editors, log } = editorsWith(
      new FakeWindow({
        "editor/dirty": () => {
          stop.abort(new Error("enough"));
          throw stop.signal.reason;
        },
      }),
    );
    await expect(editors.dirtyPaths(["a.ts"], stop.signal)).rejects.toThrow("enough");
    expect(log).toEqual([]);
  });
});
