import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileFoldedGlobs, compileGlobs } from "../../../../agent-host/rules/scope.ts";
import type { DecideAccess } from "../../../../agent-host/security/access-decision.ts";
import { accessDecider } from "../../../../agent-host/security/decide-access.ts";
import { Approvals } from "../../../../agent-host/team/approvals.ts";
import { EffectLog } from "../../../../agent-host/team/effect-log.ts";
import { type CallingTask, ToolGate } from "../../../../agent-host/team/tool-gate.ts";
import { editFileTool } from "../../../../agent-host/tools/edit-file.ts";
import { readFileTool } from "../../../../agent-host/tools/read-file.ts";
import type { Tool } from "../../../../agent-host/tools/tool.ts";
import { writeFileTool } from "../../../../agent-host/tools/write-file.ts";
import { taskSpec } from "../../../support/rules-fixture.ts";
import {
  coder,
  never,
  person,
  type TeamRun,
  type TeamRunOptions,
  teamRun,
  temporaryFolder,
} from "../../../support/team-run.ts";

const decideAccess = accessDecider({ compileGlobs, compileFoldedGlobs });
const tools = [readFileTool(), writeFileTool()] as unknown as readonly Tool[];
const askAlways: DecideAccess = () => {
  const risk = "medium" as const;
  return {
    kind: "ask",
    rule: "test",
    reason: "a test asks",
    risk,
    needsPerson: false,
    inScope: true,
    pattern: null,
  };
};

interface GateSetting {
  readonly run: TeamRun;
  readonly gate: ToolGate;
  readonly task: CallingTask;
  readonly file: string;
}

async function gateSetting(
  options: TeamRunOptions = {},
  change: Partial<CallingTask> & { paths?: string[] } = {},
): Promise<GateSetting> {
  const run = await teamRun({ ...options, work: { tools, decideAccess, ...options.work } });
  const folder = await temporaryFolder();
  const task: CallingTask = {
    spec: taskSpec({ scope: { paths: change.paths ?? ["**"] } }),
    actor: coder,
    mayWrite: true,
    offered: [{ name: "read_file" }, { name: "write_file" }],
    folder: async () => folder,
    readFolder: async () => folder,
    isTainted: () => false,
    showOutput: () => () => undefined,
    ...change,
  };
  return { run, gate: gateOf(run), task, file: join(folder, "a.txt") };
}

function gateOf(run: TeamRun): ToolGate {
  const approvals = new Approvals(run.setup, { newId: () => run.work.newId() });
  return new ToolGate({ setup: run.setup, work: run.work, approvals, effects: new EffectLog(run.setup) });
}

const effectId = "e-a-1-1-0";
const write = (content: string, path = "a.txt") => {
  return { id: "c1", name: "write_file", input: { path, content } };
};

async function answerApproval(run: TeamRun, answer: "approve" | "reject", approvalId = "a-id1") {
  const digest = run.log.state.approvals[approvalId]?.digest ?? "";
  const data = { approvalId, answer, extent: "once" as const, by: "person" as const, digest };
  await run.record({ type: "approval.decided", taskId: "t-a", actor: person, data });
}

describe("a tool call", () => {
  it("that comes to nothing tells why without secrets and what nobody sees", async () => {
    const { run, task, file } = await gateSetting();
    const setup = { ...run.setup, clean: (text: string) => text.replaceAll("hunter2", "[redacted]") };
    const gate = gateOf({ ...run, setup, work: { ...run.work, tools: [editFileTool()] as never } });
    await writeFile(file, "password = hunter2\n");
    const input = { path: "a.txt", oldText: "password = hunter1", newText: "x" };
    const call = { id: "c1", name: "edit_file", input };
    const output = await gate.use(call, effectId, { ...task, offered: [{ name: "edit_file" }] }, never);
    expect(output).toMatchObject({ isError: true, text: expect.stringContaining("[redacted]") });
  });

  it("is done where the rules allow it, with the rule that did in the journal", async () => {
    const { run, gate, task, file } = await gateSetting();
    const output = await gate.use(write("new"), effectId, task, never);
    expect(output.isError).toBe(false);
    expect(await readFile(file, "utf8")).toBe("new");
    expect(run.dataOf("permission.decided")).toMatchObject([
      { permission: "use:tool/write_file", allowed: true },
    ]);
    expect(run.dataOf("effect.completed")).toHaveLength(1);
  });

  it("is refused for a tool this agent was not offered, though there is one", async () => {
    const { run, gate, task, file } = await gateSetting({}, { offered: [{ name: "read_file" }] });
    const output = await gate.use(write("new"), effectId, task, never);
    expect(output).toMatchObject({ isError: true, text: expect.stringContaining("There are: read_file") });
    await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
    expect(run.dataOf("effect.intended")).toEqual([]);
    expect(run.dataOf("effect.completed")).toHaveLength(1);
  });

  it("is refused for a tool that was offered and is not there", async () => {
    const { gate, task } = await gateSetting({}, { offered: [{ name: "fly" }] });
    const output = await gate.use({ id: "c1", name: "fly", input: {} }, effectId, task, never);
    expect(output).toMatchObject({ isError: true, text: expect.stringMatching(/^Bad call: /) });
  });

  it("keeps the name of a tool that is none out of the journal", async () => {
    const { run, gate, task } = await gateSetting();
    const output = await gate.use({ id: "c1", name: "my secret plan", input: {} }, effectId, task, never);
    expect(output.text).toContain("There is no tool my secret plan");
    expect(run.dataOf("effect.completed")).toMatchObject([{ tool: "unknown", isError: true }]);
  });

  it("says what does not fit in its input", async () => {
    const { run, gate, task } = await gateSetting();
    const call = { id: "c1", name: "write_file", input: { path: "a.txt" } };
    const output = await gate.use(call, effectId, task, never);
    expect(output).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^Bad call: write_file: content/),
    });
    expect(run.dataOf("effect.intended")).toEqual([]);
  });

  it("is refused outside of the task's own files, and the refusal is journaled without the path", async () => {
    const { run, gate, task, file } = await gateSetting({}, { paths: ["src/**"] });
    const output = await gate.use(write("new"), effectId, task, never);
    expect(output).toMatchObject({ isError: true, text: expect.stringContaining("Not allowed") });
    await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
    const [denied] = run.dataOf("permission.decided");
    expect(denied).toMatchObject({ allowed: false });
    expect(JSON.stringify(denied)).not.toContain("a.txt");
    expect(await run.log.recall(denied?.detail?.blob ?? "")).toContain("a.txt");
    expect(run.entries.filter(({ outcome }) => outcome === "denied")).toHaveLength(1);
  });

  it("writes nothing for a task whose work is not kept", async () => {
    const { gate, task, file } = await gateSetting({}, { mayWrite: false });
    const output = await gate.use(write("new"), effectId, task, never);
    expect(output.isError).toBe(true);
    await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("needs a person for a control-plane file, also with 'auto'", async () => {
    const { run, gate, task } = await gateSetting({ approve: "auto" });
    const stop = new AbortController();
    const used = gate.use(write("x", ".vscode/settings.json"), effectId, task, stop.signal);
    const told = expect(used).rejects.toThrow("over");
    await run.seen("approval.requested");
    expect(run.log.state.approvals["a-id1"]).toMatchObject({ answer: "open" });
    stop.abort(new Error("over"));
    await told;
  });
});

describe("a tool call that a person is asked for", () => {
  const asking: TeamRunOptions = { work: { decideAccess: askAlways } };

  it("is done once it is approved", async () => {
    const { run, gate, task, file } = await gateSetting(asking);
    const used = gate.use(write("new"), effectId, task, never);
    await run.seen("approval.requested");
    await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
    await answerApproval(run, "approve");
    await expect(used).resolves.toMatchObject({ isError: false });
    expect(run.dataOf("permission.decided")).toMatchObject([{ allowed: true, rule: "person" }]);
  });

  it("shows exactly what would be done, and is not done when it is rejected", async () => {
    const { run, gate, task, file } = await gateSetting(asking);
    const used = gate.use(write("new"), effectId, task, never);
    await run.seen("approval.requested");
    const subject = await run.log.recall(run.dataOf("approval.requested")[0]?.subject?.blob ?? "");
    expect(JSON.parse(subject)).toMatchObject({
      tool: "write_file",
      input: { path: "a.txt", content: "new" },
      approvers: ["lead", "admin"],
    });
    await answerApproval(run, "reject");
    await expect(used).resolves.toMatchObject({
      isError: true,
      text: expect.stringContaining("not approved"),
    });
    await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
    expect(run.dataOf("permission.decided")).toMatchObject([{ allowed: false, rule: "person" }]);
  });

  it("is stale when the file changed while it waited, and is not done", async () => {
    const { run, gate, task, file } = await gateSetting(asking);
    const used = gate.use(write("new"), effectId, task, never);
    await run.seen("approval.requested");
    await writeFile(file, "somebody was here");
    await answerApproval(run, "approve");
    await expect(used).resolves.toMatchObject({
      isError: true,
      text: expect.stringContaining("approval.stale"),
    });
    expect(await readFile(file, "utf8")).toBe("somebody was here");
    expect(run.dataOf("effect.intended")).toEqual([]);
  });

  it("is asked for again with its next call: an answer counts once", async () => {
    const { run, gate, task } = await gateSetting(asking);
    const first = gate.use(write("one"), effectId, task, never);
    await run.seen("approval.requested");
    await answerApproval(run, "approve");
    await first;
    const second = gate.use(write("two"), "e-a-1-2-0", task, never);
    await run.seen("approval.requested", 2);
    await answerApproval(run, "reject", "a-id2");
    await expect(second).resolves.toMatchObject({ isError: true });
  });
});

describe("a tool call whose host ended", () => {
  /** `interrupt` is called in the place of the real effect. */
  async function afterCrash(
    interrupt: (file: string) => Promise<void>,
    check: "file" | "none",
    approve: "ask" | "auto" = "ask",
  ) {
    const [, writing] = tools;
    if (writing === undefined) throw new Error("no tool");
    let isFirst = true;
    const tool: Tool = {
      ...writing,
      prepare: async (input, context, signal) => {
        const call = await writing.prepare(input, context, signal);
        if ("text" in call) return call;
        const real = check === "file" ? call : { ...call, check: { kind: "none" as const } };
        if (!isFirst) return real;
        isFirst = false;
        const perform = async (): Promise<never> => {
          await interrupt(join(context.folder, "a.txt"));
          throw new Error("the host ends");
        };
        return { ...real, perform, recovered: call.recovered };
      },
    };
    const setting = await gateSetting({ approve, work: { tools: [tool] } });
    const dying = setting.gate.use(write("new"), effectId, setting.task, never);
    await expect(dying).rejects.toThrow("the host ends");
    const run = await setting.run.afterCrash();
    return { ...setting, run, gate: gateOf(run) };
  }

  it("is not done again when its file shows that it happened", async () => {
    const { run, gate, task } = await afterCrash((file) => writeFile(file, "new"), "file");
    const output = await gate.use(write("new"), effectId, task, never);
    expect(output).toMatchObject({ isError: false, text: expect.stringContaining("a.txt") });
    expect(run.dataOf("effect.intended")).toHaveLength(1);
    expect(run.dataOf("effect.completed")).toHaveLength(1);
  });

  it("is done when its file shows that it did not happen", async () => {
    const { run, gate, task, file } = await afterCrash(async () => undefined, "file");
    await gate.use(write("new"), effectId, task, never);
    expect(await readFile(file, "utf8")).toBe("new");
    expect(run.dataOf("effect.intended")).toHaveLength(2);
  });

  it("waits for a person when nothing tells, and is left as that says", async () => {
    const { run, gate, task, file } = await afterCrash(async () => undefined, "none");
    const used = gate.use(write("new"), effectId, task, never);
    await run.seen("approval.requested");
    expect(run.dataOf("approval.requested")).toMatchObject([{ kind: "inDoubt", effectId }]);
    await answerApproval(run, "reject");
    await expect(used).resolves.toMatchObject({ isError: true });
    await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
    expect(run.dataOf("effect.completed")).toHaveLength(1);
  });

  it("is done again when a person says so", async () => {
    const { run, gate, task, file } = await afterCrash(async () => undefined, "none");
    const used = gate.use(write("new"), effectId, task, never);
    await run.seen("approval.requested");
    await answerApproval(run, "approve");
    await expect(used).resolves.toMatchObject({ isError: false });
    expect(await readFile(file, "utf8")).toBe("new");
  });

  it("is never decided by 'auto' when it is in doubt", async () => {
    const { run, gate, task } = await afterCrash(async () => undefined, "none", "auto");
    const stop = new AbortController();
    const used = gate.use(write("new"), effectId, task, stop.signal);
    const told = expect(used).rejects.toThrow("over");
    await run.seen("approval.requested");
    expect(run.log.state.approvals["a-id1"]?.answer).toBe("open");
    stop.abort(new Error("over"));
    await told;
  });
});
