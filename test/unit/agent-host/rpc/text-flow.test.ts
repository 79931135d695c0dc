import { describe, expect, it } from "vitest";
import {
  maxNoteBytes,
  TextFlow,
  type TextNote,
  textBacklogBytes,
} from "../../../../agent-host/rpc/text-flow.ts";

/** A flow whose time and client the test moves. */
function flowing() {
  const sent: TextNote[] = [];
  let nowMs = 1_000;
  let backlog = 0;
  let due: { act: () => void; atMs: number } | null = null;
  const flow = new TextFlow({
    send: (note) => sent.push(note),
    backlogBytes: () => backlog,
    monotonicMs: () => nowMs,
    later: (act, ms) => {
      due = { act, atMs: nowMs + ms };
      return () => {
        due = null;
      };
    },
  });
  const pass = (ms: number): void => {
    nowMs += ms;
    const ready = due !== null && due.atMs <= nowMs ? due : null;
    if (ready === null) return;
    due = null;
    ready.act();
  };
  const add = (text: string, more: Partial<TextNote> = {}): void =>
    flow.add({ runId: "r-1", taskId: "t-1", source: "model", text, ...more });
  return {
    flow,
    sent,
    add,
    pass,
    setBacklog: (bytes: number) => (backlog = bytes),
    texts: () => sent.map(({ text }) => text),
  };
}

describe("streamed text for one client", () => {
  it("goes at once after a pause, and together for the next 15 ms", () => {
    const { add, pass, texts } = flowing();
    add("first");
    expect(texts()).toEqual(["first"]);
    add(" second");
    add(" third");
    expect(texts()).toEqual(["first"]);
    pass(15);
    expect(texts()).toEqual(["first", " second third"]);
  });

  it("keeps the tasks apart, and what a task's command says from what its model says", () => {
    const { add, pass, sent } = flowing();
    add("a");
    add("b");
    add("c", { taskId: "t-2" });
    add("d", { source: "command" });
    pass(15);
    expect(sent.map(({ taskId, source, text }) => [taskId, source, text])).toEqual([
      ["t-1", "model", "a"],
      ["t-1", "model", "b"],
      ["t-2", "model", "c"],
      ["t-1", "command", "d"],
    ]);
  });

  it("sends what waits of a task before an entry that follows from it", () => {
    const { flow, add, texts } = flowing();
    add("a");
    add("b");
    flow.flushTask({ runId: "r-1", taskId: "t-1" });
    expect(texts()).toEqual(["a", "b"]);
  });

  it("parts what is too long for one note, never inside a character", () => {
    const { add, texts } = flowing();
    const text = "😀".repeat(10_000);
    add(text);
    expect(texts().join("")).toBe(text);
    expect(Math.max(...texts().map((each) => Buffer.byteLength(each)))).toBeLessThanOrEqual(maxNoteBytes);
    expect(texts().filter((each) => /[\ud800-\udbff]$/u.test(each))).toEqual([]);
  });

  it("keeps only the newest for a client that is behind, and marks what is missing", () => {
    const { add, pass, setBacklog, texts } = flowing();
    setBacklog(textBacklogBytes + 1);
    for (let line = 0; line < 20_000; line += 1) add(`line ${line}\n`);
    pass(100);
    expect(texts()).toEqual([]);
    setBacklog(0);
    pass(100);
    const heard = texts().join("");
    expect(heard).toMatch(/^\n\[… \d+ characters left out: this window was behind …\]\n/);
    expect(heard.endsWith("line 19999\n")).toBe(true);
    expect(heard.length).toBeLessThan(2 * maxNoteBytes);
  });

  it("counts as left out what made way for text of another kind", () => {
    const { add, pass, setBacklog, sent } = flowing();
    setBacklog(textBacklogBytes + 1);
    add("12345");
    add("done", { source: "command" });
    setBacklog(0);
    pass(15);
    expect(sent).toMatchObject([
      { source: "command", text: "\n[… 5 characters left out: this window was behind …]\ndone" },
    ]);
  });

  it("sends nothing more once it is over", () => {
    const { flow, add, pass, texts } = flowing();
    add("a");
    add("b");
    flow.dispose();
    pass(100);
    expect(texts()).toEqual(["a"]);
  });
});
