import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RulesEvent } from "../../../agent-host/config/effective-rules.ts";
import { RulesLoader, type RulesLoaderOptions } from "../../../agent-host/config/rules-loader.ts";
import type { Clock } from "../../../agent-host/core/clock.ts";
import { systemClock } from "../../../agent-host/core/clock.ts";
import { digestOf, sha256 } from "../../../agent-host/core/digest.ts";
import { shippedRules, shippedRulesFile } from "../../support/rules-fixture.ts";

const never = new AbortController().signal;
const shipped = shippedRules();

let folder = "";
let home = "";
let root = "";
let events: RulesEvent[] = [];
let approved = new Set<string>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-team-rules-"));
  home = join(folder, "home");
  root = join(folder, "workspace");
  await mkdir(home);
  await mkdir(root);
  events = [];
  approved = new Set();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function loader(change: Partial<RulesLoaderOptions> = {}): RulesLoader {
  const made = new RulesLoader({
    shippedFile: fileURLToPath(shippedRulesFile),
    home,
    env: {},
    clock: systemClock,
    workspace: () => ({ root, approved }),
    onError: (error) => {
      throw error;
    },
    ...change,
  });
  made.events.subscribe((event) => events.push(event));
  return made;
}

async function writeWorkspace(text: string): Promise<string> {
  await mkdir(join(root, ".agent-team"), { recursive: true });
  await writeFile(join(root, ".agent-team/rules.yaml"), text);
  return sha256(text);
}

const writeHome = (text: string, name = "rules.yaml"): Promise<void> => writeFile(join(home, name), text);
const kinds = (): string[] => events.splice(0).map((event) => event.kind);

describe("the rules loader", () => {
  it("has nothing before the first look, then what ships", async () => {
    const rules = loader();
    expect(() => rules.current()).toThrow("the rules are not loaded yet");
    const effective = await rules.refresh(never);
    expect(effective).toMatchObject({
      rules: shipped,
      checksum: digestOf(shipped),
      inert: null,
      refusals: [],
    });
    expect(rules.current()).toBe(effective);
    expect(await rules.refresh(never)).toBe(effective);
    expect(events).toEqual([{ kind: "loaded", source: "shipped", effective }]);
  });

  it("lays user, environment, variables and workspace over it, in this order", async () => {
    await writeHome("limits: { tasks: 50, parallel: 16, turns: 40, attempts: 2 }");
    await writeHome("limits: { parallel: 12, turns: 30, attempts: 2 }", "rules.prod.yaml");
    approved.add(await writeWorkspace("limits: { attempts: 1 }"));
    const env = { AGENT_TEAM_ENV: "prod", AGENT_TEAM_MAX_TURNS: "20", AGENT_TEAM_BUDGET_USD: "5" };
    const { rules, parts, refusals } = await loader({ env }).refresh(never);
    expect(refusals).toEqual([]);
    expect(rules.limits).toMatchObject({ tasks: 50, parallel: 12, turns: 20, attempts: 1 });
    expect(rules.budget.usd).toBe(5);
    expect(parts.map(({ source, name }) => `${source} ${name}`)).toEqual([
      "shipped rules.yaml",
      "user rules.yaml",
      "user rules.prod.yaml",
      "user AGENT_TEAM_MAX_TURNS",
      "user AGENT_TEAM_BUDGET_USD",
      "workspace .agent-team/rules.yaml",
    ]);
  });

  it("takes up a change, and forgets a file that is gone", async () => {
    const rules = loader();
    await rules.refresh(never);
    await writeHome("limits: { parallel: 2 }");
    expect((await rules.refresh(never)).rules.limits.parallel).toBe(2);
    await writeHome("limits: { parallel: 3 }", "new.yaml");
    await rename(join(home, "new.yaml"), join(home, "rules.yaml"));
    expect((await rules.refresh(never)).rules.limits.parallel).toBe(3);
    await rm(join(home, "rules.yaml"));
    expect((await rules.refresh(never)).rules).toEqual(shipped);
    expect(events.map((event) => event.kind === "loaded" && event.source)).toEqual([
      "shipped",
      "user",
      "user",
      "user",
    ]);
  });

  it("refuses a broken file with its line, once, and keeps the last good one", async () => {
    const rules = loader();
    await writeHome("limits: { parallel: 2 }");
    const good = await rules.refresh(never);
    await writeHome("limits:\n  parallel: lots\n");
    const kept = await rules.refresh(never);
    expect(kept).toMatchObject({ rules: good.rules, checksum: good.checksum });
    expect(kept.refusals).toEqual([
      {
        ...{ source: "user", name: "rules.yaml", line: 2, column: 3, path: "limits.parallel" },
        reason: expect.stringContaining("expected number"),
        keepsLast: true,
      },
    ]);
    await rules.refresh(never);
    expect(kinds()).toEqual(["loaded", "refused"]);
    await writeHome("limits: { parallel: 5 }");
    expect(await rules.refresh(never)).toMatchObject({ rules: { limits: { parallel: 5 } }, refusals: [] });
    expect(kinds()).toEqual(["loaded"]);
  });

  it("says that nothing of a file counts which was broken from the start", async () => {
    await writeHome("limits: { parallel: -1 }");
    const effective = await loader().refresh(never);
    expect(effective).toMatchObject({
      rules: shipped,
      refusals: [{ name: "rules.yaml", line: 1, keepsLast: false }],
    });
    expect(kinds()).toEqual(["refused", "loaded"]);
  });

  it.each([
    ["a folder", (path: string) => mkdir(path)],
    ["a link to itself", (path: string) => symlink(path, path)],
    ["a pipe", async (path: string) => void execFileSync("mkfifo", [path])],
    ["300 KB", (path: string) => writeFile(path, "#".repeat(300_000))],
  ])("refuses %s in the file's place, without waiting", async (_name, make) => {
    await make(join(home, "rules.yaml"));
    expect((await loader().refresh(never)).refusals).toMatchObject([{ name: "rules.yaml", line: null }]);
  });

  it.each([
    [{ AGENT_TEAM_ENV: "prod" }, "rules.prod.yaml", "there is no such file"],
    [{ AGENT_TEAM_ENV: "../x" }, "AGENT_TEAM_ENV", "lower-case letters, digits and - expected"],
    [{ AGENT_TEAM_MAX_PARALLEL: "lots" }, "AGENT_TEAM_MAX_PARALLEL", "a number expected"],
    [{ AGENT_TEAM_MAX_PARALLEL: "1000" }, "AGENT_TEAM_MAX_PARALLEL", expect.stringContaining("256")],
    [{ AGENT_TEAM_BUDGET_TOKENS: "-1" }, "AGENT_TEAM_BUDGET_TOKENS", expect.stringContaining(">=0")],
  ])("refuses %j by name, and takes the rest", async (env, name, reason) => {
    const all = { ...env, AGENT_TEAM_MAX_TASKS: "7" };
    const { rules, refusals } = await loader({ env: all }).refresh(never);
    expect(refusals).toMatchObject([{ source: "user", name, reason, keepsLast: false }]);
    expect(rules.limits).toEqual({ ...shipped.limits, tasks: 7 });
  });

  describe("of a workspace", () => {
    it("are inert until exactly these bytes are approved", async () => {
      const rules = loader();
      const text = "limits: { parallel: 1 }\n";
      const hash = await writeWorkspace(text);
      expect(await rules.refresh(never)).toMatchObject({
        rules: shipped,
        inert: { path: ".agent-team/rules.yaml", sha256: hash, text },
      });
      expect(kinds()).toEqual(["inert", "loaded"]);
      approved.add(hash);
      expect(await rules.refresh(never)).toMatchObject({ rules: { limits: { parallel: 1 } }, inert: null });
      expect(events).toMatchObject([{ kind: "loaded", source: "workspace" }]);
    });

    it("stay as they were approved when the file changes, until that is approved too", async () => {
      const rules = loader();
      approved.add(await writeWorkspace("limits: { parallel: 1 }"));
      await rules.refresh(never);
      const next = await writeWorkspace("limits: { parallel: 3 }");
      expect(await rules.refresh(never)).toMatchObject({
        rules: { limits: { parallel: 1 } },
        inert: { sha256: next },
      });
      approved = new Set([next]);
      expect(await rules.refresh(never)).toMatchObject({ rules: { limits: { parallel: 3 } }, inert: null });
    });

    it("no longer count when their approval is taken back", async () => {
      const rules = loader();
      approved.add(await writeWorkspace("limits: { parallel: 1 }"));
      await rules.refresh(never);
      approved = new Set();
      expect(await rules.refresh(never)).toMatchObject({
        rules: shipped,
        inert: { path: ".agent-team/rules.yaml" },
      });
    });

    it("are refused where they loosen, approved or not, and never offered for approval", async () => {
      const rules = loader();
      const hash = await writeWorkspace("limits:\n  parallel: 5\n");
      const refusal = { source: "workspace", line: 2, path: "limits.parallel", keepsLast: false };
      expect(await rules.refresh(never)).toMatchObject({ rules: shipped, inert: null, refusals: [refusal] });
      approved.add(hash);
      expect(await rules.refresh(never)).toMatchObject({ rules: shipped, inert: null, refusals: [refusal] });
    });

    it("tighten what the user has, not what ships", async () => {
      await writeHome("limits: { parallel: 2 }");
      approved.add(await writeWorkspace("limits: { parallel: 3 }"));
      const { rules, refusals } = await loader().refresh(never);
      expect(refusals).toMatchObject([
        { source: "workspace", reason: expect.stringContaining("3 is more than 2") },
      ]);
      expect(rules.limits.parallel).toBe(2);
    });

    it("are not even read while the workspace is not trusted", async () => {
      const hash = await writeWorkspace("limits: { parallel: 1 }");
      approved.add(hash);
      let isTrusted = false;
      const rules = loader({ workspace: () => (isTrusted ? { root, approved } : null) });
      expect(await rules.refresh(never)).toMatchObject({ rules: shipped, inert: null });
      isTrusted = true;
      expect((await rules.refresh(never)).rules.limits.parallel).toBe(1);
    });
  });

  it("fails where the shipped file is broken or missing", async () => {
    const shippedFile = join(folder, "shipped.yaml");
    await expect(loader({ shippedFile }).refresh(never)).rejects.toMatchObject({ code: "rules.shipped" });
    await writeFile(shippedFile, "format: 1\n");
    await expect(loader({ shippedFile }).refresh(never)).rejects.toMatchObject({ code: "rules.shipped" });
  });

  it("obeys the signal", async () => {
    const reason = new Error("stopped");
    await expect(loader().refresh(AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("looks again and again while it watches, and no more when that is disposed", async () => {
    const clock = new SteppedClock();
    const rules = loader({ clock });
    await rules.refresh(never);
    const loaded = new Promise<RulesEvent>((resolve) => rules.events.subscribe(resolve));
    const watching = rules.watch();
    await writeHome("limits: { parallel: 2 }");
    clock.step();
    expect(await loaded).toMatchObject({ kind: "loaded", source: "user" });
    watching.dispose();
    await clock.allEnded();
    expect(clock.waiting).toBe(0);
  });
});

/** A clock whose sleepers wake when the test says so. */
class SteppedClock implements Clock {
  readonly now = systemClock.now;
  readonly monotonicMs = systemClock.monotonicMs;
  private readonly sleepers = new Set<() => void>();
  private readonly ends: Promise<void>[] = [];

  get waiting(): number {
    return this.sleepers.size;
  }

  sleep(_ms: number, signal: AbortSignal): Promise<void> {
    const end = new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        this.sleepers.delete(wake);
        resolve();
      };
      this.sleepers.add(wake);
      const stop = (): void => {
        this.sleepers.delete(wake);
        reject(signal.reason);
      };
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
    this.ends.push(end.catch(() => undefined));
    return end;
  }

  step(): void {
    for (const wake of this.sleepers) wake();
  }

  async allEnded(): Promise<void> {
    await Promise.all(this.ends);
  }
}
