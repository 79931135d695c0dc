import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PromptStore } from "../../../../agent-host/context/prompt-store.ts";

let home: string;
let refusals: string[];
let loaded: string[];
let store: PromptStore;

const prompt = (text: string): string => `---\nagentType: tester\ntools: []\nversion: 1\n---\n${text}\n`;
const put = (folder: string, text: string) => writeFile(join(home, folder, "tester.md"), text);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "prompts-"));
  await mkdir(join(home, "shipped"));
  await mkdir(join(home, "own"));
  refusals = [];
  loaded = [];
  store = new PromptStore({
    shipped: pathToFileURL(`${join(home, "shipped")}/`),
    overrides: join(home, "own"),
    onRefused: (name, reason) => refusals.push(`${name}: ${reason}`),
    onLoaded: (name, checksum) => loaded.push(`${name} ${checksum}`),
  });
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe("PromptStore", () => {
  it("prefers the user's own prompt, and goes back when it is gone", async () => {
    await put("shipped", prompt("ours"));
    expect((await store.load("tester")).text).toBe("ours");
    await put("own", prompt("mine"));
    expect((await store.load("tester")).text).toBe("mine");
    await rm(join(home, "own/tester.md"));
    expect((await store.load("tester")).text).toBe("ours");
  });

  it("reads a file again when it changed, even within the same size, and only then", async () => {
    await put("shipped", prompt("one"));
    const first = await store.load("tester");
    expect(await store.load("tester")).toBe(first);
    await put("shipped", prompt("two"));
    const second = await store.load("tester");
    expect(second.text).toBe("two");
    expect(second.checksum).not.toBe(first.checksum);
  });

  it("keeps the last good prompt when the file breaks, and tells it once", async () => {
    await put("own", prompt("good"));
    await store.load("tester");
    await put("own", "broken");
    const loaded = await Promise.all([store.load("tester"), store.load("tester"), store.load("tester")]);
    expect(loaded.map(({ text }) => text)).toEqual(["good", "good", "good"]);
    expect(refusals).toEqual(["tester.md: line 1: front matter between two lines of --- expected"]);
    await put("own", prompt("mended"));
    expect((await store.load("tester")).text).toBe("mended");
  });

  it("falls back on the shipped prompt where the user's own was never good", async () => {
    await put("shipped", prompt("ours"));
    await put("own", "broken");
    expect((await store.load("tester")).text).toBe("ours");
    expect(refusals).toHaveLength(1);
  });

  it("fails where there was never a good one", async () => {
    await expect(store.load("tester")).rejects.toMatchObject({ code: "prompt.missing" });
    await put("shipped", "broken");
    await expect(store.load("tester")).rejects.toMatchObject({ code: "prompt.refused" });
  });

  it("reads neither folders nor what is too large", async () => {
    await put("shipped", prompt("ours"));
    await mkdir(join(home, "own/tester.md"));
    expect((await store.load("tester")).text).toBe("ours");
    await rm(join(home, "own/tester.md"), { recursive: true });
    await put("own", prompt("x".repeat(65_536)));
    expect((await store.load("tester")).text).toBe("ours");
    expect(refusals).toEqual([
      "tester.md: it is not a regular file",
      expect.stringContaining("at most 65536 are read"),
    ]);
  });

  it("tells once of each good state, and has one prompt for the same bytes", async () => {
    await put("own", prompt("one"));
    const one = await store.load("tester");
    await store.load("tester");
    await put("own", prompt("two"));
    await store.load("tester");
    await put("own", prompt("one"));
    expect(await store.load("tester")).toBe(one);
    expect(loaded).toHaveLength(3);
    expect(loaded[2]).toBe(`tester.md ${one.checksum}`);
  });

  it.skipIf(process.platform === "win32")(
    "refuses links and pipes, and what is only half written",
    async () => {
      await put("own", prompt("good"));
      await store.load("tester");
      await writeFile(join(home, "elsewhere.md"), prompt("linked"));
      const inPlace: [string, () => Promise<void>][] = [
        ["it is a symbolic link", () => symlink(join(home, "elsewhere.md"), join(home, "own/tester.md"))],
        ["it is not a regular file", async () => void execFileSync("mkfifo", [join(home, "own/tester.md")])],
        [
          "line 1: front matter between two lines of --- expected",
          () => put("own", prompt("new").slice(0, 20)),
        ],
        ["line 1: front matter between two lines of --- expected", () => put("own", "")],
        ["it has 10485760 bytes, at most 65536 are read", () => put("own", "x".repeat(10 * 1_048_576))],
      ];
      for (const [reason, make] of inPlace) {
        await rm(join(home, "own/tester.md"), { force: true });
        await make();
        expect((await store.load("tester")).text).toBe("good");
        expect(refusals.at(-1)).toBe(`tester.md: ${reason}`);
      }
    },
  );
});
