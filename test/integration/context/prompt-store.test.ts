import { EventEmitter, once } from "node:events";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PinnedPrompts } from "../../../agent-host/context/pinned-prompts.ts";
import { PromptStore } from "../../../agent-host/context/prompt-store.ts";

let home: string;
let heard: EventEmitter;
let store: PromptStore;
let errors: unknown[];

const prompt = (text: string): string => `---\nagentType: tester\ntools: []\nversion: 1\n---\n${text}\n`;
const file = (): string => join(home, "own/tester.md");

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "prompts-"));
  await mkdir(join(home, "shipped"));
  await mkdir(join(home, "own"));
  heard = new EventEmitter();
  errors = [];
  store = new PromptStore({
    shipped: pathToFileURL(`${join(home, "shipped")}/`),
    overrides: join(home, "own"),
    onRefused: (name, reason) => heard.emit("refused", name, reason),
    onLoaded: (name, checksum) => heard.emit("loaded", name, checksum),
  });
});
afterEach(async () => {
  store.dispose();
  await rm(home, { recursive: true, force: true });
});

/** Changes the file until the watcher, which needs a moment to begin, has told of it. */
async function toldAfter(event: string, change: (round: number) => Promise<void>): Promise<unknown[]> {
  const told = once(heard, event);
  let isTold = false;
  void told.then(() => {
    isTold = true;
  });
  let round = 0;
  const changedAgain = async (): Promise<boolean> => {
    if (!isTold) await change(round++);
    return isTold;
  };
  await expect.poll(changedAgain, { timeout: 30_000, interval: 400 }).toBe(true);
  return await told;
}

describe("PromptStore that is watched", () => {
  it("tells of an edit without being asked, of a broken one too, and keeps a run to what it began with", async () => {
    await writeFile(file(), prompt("first"));
    const pinned = new PinnedPrompts(store, join(home, "run"));
    const before = await pinned.load("tester");
    store.startWatching((error) => errors.push(error));
    store.startWatching((error) => errors.push(error));
    const [name] = await toldAfter("loaded", (round) => writeFile(file(), prompt(`edit ${round}`)));
    expect(name).toBe("tester.md");
    const [, reason] = await toldAfter("refused", (round) => writeFile(file(), `broken ${round}`));
    expect(reason).toContain("front matter");
    expect((await store.load("tester")).text).toMatch(/^edit/);
    await toldAfter("loaded", async (round) => {
      await writeFile(join(home, "own/tester.md.tmp"), prompt(`replaced ${round}`));
      await rename(join(home, "own/tester.md.tmp"), file());
    });
    expect((await store.load("tester")).text).toMatch(/^replaced/);
    expect(await pinned.load("tester")).toEqual(before);
    expect((await new PinnedPrompts(store, join(home, "run")).load("tester")).checksum).toBe(before.checksum);
    expect(errors).toEqual([]);
  });

  it("hears nothing once it is disposed", async () => {
    store.startWatching((error) => errors.push(error));
    await toldAfter("loaded", (round) => writeFile(file(), prompt(`edit ${round}`)));
    store.dispose();
    let count = 0;
    heard.on("loaded", () => {
      count += 1;
    });
    await writeFile(file(), prompt("later"));
    expect((await store.load("tester")).text).toBe("later");
    expect(count).toBe(1);
    expect(errors).toEqual([]);
  });
});
