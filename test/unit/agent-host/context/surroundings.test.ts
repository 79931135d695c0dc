import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContextCache } from "../../../../agent-host/context/context-cache.ts";
import {
  pinAttachments,
  type SurroundingsOptions,
  surroundingsLoader,
} from "../../../../agent-host/context/surroundings.ts";
import type { TaskSpec } from "../../../../agent-host/protocol/task.ts";
import { compileGlobs } from "../../../../agent-host/rules/scope.ts";
import { taskSpec } from "../../../support/rules-fixture.ts";

let base: string;
let root: string;
let problems: string[];
let mapped: number;
const never = new AbortController().signal;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "surroundings-")));
  root = join(base, "workspace");
  await mkdir(root);
  problems = [];
  mapped = 0;
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function put(files: Record<string, string>, folder = root): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

function optionsOf(given: Partial<SurroundingsOptions> = {}): SurroundingsOptions {
  return {
    root,
    runFolder: join(base, "run"),
    home: join(base, "home"),
    goal: "the goal",
    attachments: [],
    cache: new ContextCache({ maxBytes: 1_000_000 }),
    compileGlobs,
    listFiles: async () => ["src/a.ts", "src/web/b.ts", "x.md"],
    diff: async () => "--- a\n+++ b\n",
    repositoryMap: async ({ paths }) => {
      mapped += 1;
      return `map of ${paths.join()}`;
    },
    onProblem: (note) => problems.push(note),
    ...given,
  };
}

async function partsOf(
  paths: string[],
  {
    options = optionsOf(),
    kind,
    task = {},
  }: { options?: SurroundingsOptions; kind?: string; task?: Partial<TaskSpec> },
): Promise<string[]> {
  const parts = await surroundingsLoader(options)(taskSpec({ scope: { paths }, ...task }), never);
  return parts
    .filter((part) => kind === undefined || part.kind === kind)
    .map(({ title, text }) => `${title}: ${text}`);
}

describe("instructions", () => {
  const kind = "instructions";

  it("are told from the root to the task's files, the nearest last", async () => {
    await put({
      "AGENTS.md": "root",
      "src/AGENTS.md": "sources",
      "src/web/AGENTS.md": "web",
      "lib/AGENTS.md": "library",
    });
    expect(await partsOf(["src/web/*.ts"], { kind })).toEqual([
      "AGENTS.md: root",
      "src/AGENTS.md, for src/: sources",
      "src/web/AGENTS.md, for src/web/: web",
    ]);
    expect(await partsOf(["**"], { kind, options: optionsOf({ runFolder: join(base, "other") }) })).toEqual([
      "AGENTS.md: root",
    ]);
  });

  it("are told and kept without secrets", async () => {
    await put({ "AGENTS.md": "The password is hunter22" });
    const redact = (text: string): string => text.replaceAll("hunter22", "[redacted]");
    const options = optionsOf({ redact });
    expect(await partsOf([], { kind, options })).toEqual(["AGENTS.md: The password is [redacted]"]);
    const kept = join(options.runFolder, "context");
    const texts = await Promise.all(
      (await readdir(kept)).map(async (name) => await readFile(join(kept, name), "utf8")),
    );
    expect(texts.join()).not.toContain("hunter22");
  });

  it("that are links to or copies of each other are told once", async () => {
    await put({
      "AGENTS.md": "Use tabs.\n",
      "GEMINI.md": "Use  tabs.",
      ".github/copilot-instructions.md": "Be kind",
    });
    await symlink("AGENTS.md", join(root, "CLAUDE.md"));
    expect(await partsOf([], { kind })).toEqual([
      "AGENTS.md: Use tabs.",
      ".github/copilot-instructions.md: Be kind",
    ]);
  });

  it("of CLAUDE.md take in what they name, one level deep and within the workspace only", async () => {
    await put({ "secret.md": "outside" }, base);
    await put({
      "CLAUDE.md":
        "First\n@docs/style.md\n@../secret.md\n@~/own.md\n```\n@docs/style.md\n```\nme@docs/style.md",
      "docs/style.md": "Style\n@deeper.md",
      "docs/deeper.md": "Deeper",
    });
    const [part = ""] = await partsOf([], { kind });
    expect(part).toBe(
      "CLAUDE.md: First\nStyle\n@deeper.md\n[../secret.md is not in the workspace]\n[~/own.md is not in the workspace]\n```\n@docs/style.md\n```\nme@docs/style.md",
    );
  });

  it("of editors count where their patterns can match the task's files", async () => {
    await put({
      ".cursor/rules/always.mdc": "---\ndescription: x\nglobs:\nalwaysApply: true\n---\nAlways",
      ".cursor/rules/py.mdc": "---\nglobs: *.py,*.pyi\nalwaysApply: false\n---\nPython",
      ".cursor/rules/asked.mdc": "---\ndescription: only when asked\n---\nAsked",
      ".github/instructions/web.instructions.md": '---\napplyTo: "src/web/**/*.{ts,tsx}"\n---\nWeb',
      ".github/instructions/all.instructions.md": '---\napplyTo: "**"\n---\nAll',
    });
    const told = async (paths: string[]) =>
      (await partsOf(paths, { kind, options: optionsOf({ runFolder: join(base, paths.join("+")) }) })).map(
        (part) => part.split(": ")[1],
      );
    expect(await told(["src/web/a.ts"])).toEqual(["Always", "All", "Web"]);
    expect(await told(["lib/a.py"])).toEqual(["Always", "Python", "All"]);
    expect(await told(["lib/**"])).toEqual(["Always", "Python", "All"]);
    expect(await told([])).toEqual(["Always", "Python", "All", "Web"]);
  });

  it("have at most 24 KiB together and say what was cut; hidden characters are taken out and counted", async () => {
    await put({
      "AGENTS.md": "a".repeat(40_000),
      "CLAUDE.md": "b".repeat(100_000),
      "GEMINI.md": "hid\u200bden\u202e",
    });
    const [agents = "", claude = "", gemini = ""] = await partsOf([], { kind });
    expect(gemini).toBe("GEMINI.md (2 hidden characters were taken out): hidden");
    expect(agents).toMatch(/\[cut: 28 KB more of AGENTS.md\]$/);
    expect(claude).toMatch(/\[cut: 86 KB more of CLAUDE.md\]$/);
    expect((agents + claude + gemini).length).toBeLessThan(24 * 1_024 + 400);
  });

  it("that lie outside, are pipes' or binary are left out", async () => {
    await put({ "secret.md": "outside" }, base);
    await put({ "GEMINI.md": "a\0b" });
    await symlink("../secret.md", join(root, "AGENTS.md"));
    await mkdir(join(root, "CLAUDE.md"));
    await symlink("..", join(root, ".github"));
    await put({ "copilot-instructions.md": "outside" }, base);
    expect(await partsOf([], { kind })).toEqual([]);
    expect(problems).toEqual([]);
  });
});

describe("skills", () => {
  it("are listed by what they are for; the user's come whole", async () => {
    await put({
      ".claude/skills/release/SKILL.md":
        "---\nname: release\ndescription: >\n  How to\n  release\n---\nsecret steps",
      ".github/skills/release/SKILL.md": "---\nname: release\ndescription: another\n---\n",
      ".agents/skills/nameless/SKILL.md": "no front matter",
    });
    await put({ "skills/mine/SKILL.md": "---\ndescription: mine\n---\nMy steps" }, join(base, "home"));
    expect(await partsOf([], { kind: "skills" })).toEqual([
      "Skills in this repository: - release: How to release (read .claude/skills/release/SKILL.md)",
      "Skill of the user: mine: mine\n\nMy steps",
    ]);
  });
});

describe("attachments", () => {
  it("are read when the run begins", async () => {
    await put({ "src/a.ts": "one\ntwo\nthree\nfour\n", "big.txt": "x".repeat(200_000), bin: "\0" });
    const options = optionsOf({
      attachments: [
        { kind: "file", path: "src/a.ts" },
        { kind: "file", path: "src/a.ts", lines: { from: 2, to: 3 } },
        { kind: "file", path: "big.txt" },
        { kind: "file", path: "bin" },
        { kind: "file", path: "../run/x" },
        { kind: "folder", path: "src" },
        { kind: "diff" },
        { kind: "problems", text: "E1\u200b" },
        { kind: "text", title: "Note", text: "t" },
      ],
    });
    await pinAttachments(options, never);
    await put({ "src/a.ts": "changed" });
    const told = await partsOf([], { options, kind: "attachment" });
    expect(told).toEqual([
      "src/a.ts: one\ntwo\nthree\nfour\n",
      "src/a.ts, lines 2 to 3: two\nthree",
      expect.stringMatching(/^big.txt: x+\n\[cut: 164 KB more of big.txt\]$/),
      "bin: [not attached: it is not text]",
      "../run/x: [not attached: it lies outside of the workspace]",
      "Folder src/ (2 files): src/a.ts\nsrc/web/b.ts",
      "Changes that are not committed: --- a\n+++ b\n",
      "Problems in the editor (1 hidden character was taken out): E1",
      "Note: t",
    ]);
    expect(told[2]?.length).toBeLessThan(33_000);
  });

  it("have at most 96 KiB together", async () => {
    const attachments = Array.from({ length: 10 }, (_, index) => {
      return { kind: "text" as const, title: `${index}`, text: "y".repeat(index === 0 ? 10 : 30_000) };
    });
    const told = await partsOf([], { options: optionsOf({ attachments }), kind: "attachment" });
    expect(told[0]).toBe("0: yyyyyyyyyy");
    expect(told.join("").length).toBeLessThan(96 * 1_024 + 1_000);
    expect(told.join("").length).toBeGreaterThan(95 * 1_024);
  });
});

describe("surroundingsLoader", () => {
  it("tells a later task, also of a resumed run, what the first was told", async () => {
    await put({ "AGENTS.md": "first" });
    const before = await partsOf(["src/**"], {});
    await put({ "AGENTS.md": "second", "CLAUDE.md": "new", "src/AGENTS.md": "late" });
    const resumed = await partsOf(["src/**"], {});
    expect(resumed).toEqual(before);
    expect(await partsOf(["src/a/**"], {})).toContain("AGENTS.md: first");
    expect(mapped).toBe(2);
  });

  it("works once for tasks with the same surroundings, and counts it", async () => {
    await put({ "AGENTS.md": "words" });
    const options = optionsOf();
    const load = surroundingsLoader(options);
    const spec = taskSpec({ scope: { paths: ["src/**"] } });
    const all = await Promise.all(
      [1, 2, 3, 4].map((index) => load({ ...spec, taskId: `t-${index}` }, never)),
    );
    expect(new Set(all).size).toBe(1);
    expect(mapped).toBe(1);
    expect(options.cache.stats()).toMatchObject({ hits: 3, misses: 1 });
    expect(options.cache.stats().bytes).toBeGreaterThan(0);
  });

  it("starts over for the others when the task that began is cancelled", async () => {
    const first = new AbortController();
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const options = optionsOf({
      repositoryMap: async (_request, signal) => {
        mapped += 1;
        begin();
        if (mapped === 1)
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        return "the map";
      },
    });
    const load = surroundingsLoader(options);
    const cancelled = load(taskSpec({}), first.signal);
    await begun;
    const other = load(taskSpec({}), never);
    first.abort(new TypeError("cancelled"));
    await expect(cancelled).rejects.toThrow("cancelled");
    expect((await other).map(({ text }) => text)).toEqual(["the map"]);
    expect(problems).toEqual([]);
  });

  it("makes maps for those who plan, read and write, and goes on where none can be made", async () => {
    const failing = optionsOf({
      repositoryMap: async () => {
        throw new TypeError("crashed");
      },
    });
    expect(await partsOf(["a"], { options: failing })).toEqual([]);
    expect(problems).toEqual(["map: crashed"]);
    expect(await partsOf(["a"], { task: { taskType: "planning.plan" } })).toEqual([
      "Repository map: map of a",
    ]);
    expect(await partsOf(["a"], { task: { taskType: "review.changes" } })).toEqual([]);
  });
});

describe("ContextCache", () => {
  it("keeps at most its bytes, and lets the least recently used go first", async () => {
    const cache = new ContextCache({ maxBytes: 100 });
    const part = (text: string) => async () => [{ kind: "map" as const, title: "", text: text.repeat(20) }];
    await cache.get("a", part("a"));
    await cache.get("b", part("b"));
    await cache.get("a", part("a"));
    await cache.get("c", part("c"));
    await cache.get("b", part("b"));
    expect(cache.stats()).toEqual({ hits: 1, misses: 4, bytes: 80 });
    await expect(
      cache.get("d", async () => {
        throw new TypeError("no");
      }),
    ).rejects.toThrow("no");
    expect((await cache.get("d", part("d")))[0]?.text).toBe("d".repeat(20));
  });
});
