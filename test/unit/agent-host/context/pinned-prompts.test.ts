import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Prompt } from "../../../../agent-host/context/parse-prompt.ts";
import { PinnedPrompts } from "../../../../agent-host/context/pinned-prompts.ts";

let folder: string;
let present: Prompt;
let asked: number;
const store = {
  load: async () => {
    asked += 1;
    return present;
  },
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-team-unit-"));
  asked = 0;
  present = { agentType: "tester", text: "one", tools: ["read_file"], version: 1, checksum: "a".repeat(64) };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("keeps the prompt that a run used first, also for the next host", async () => {
  const prompts = new PinnedPrompts(store, join(folder, "prompts"));
  const first = await prompts.load("tester");
  present = { ...present, text: "two" };
  expect(await prompts.load("tester")).toEqual(first);
  expect(await new PinnedPrompts(store, join(folder, "prompts")).load("tester")).toEqual(first);
  expect((await new PinnedPrompts(store, join(folder, "other run")).load("tester")).text).toBe("two");
});

it("gives tasks that begin together the same one", async () => {
  const prompts = new PinnedPrompts(store, folder);
  const [one, two] = await Promise.all([prompts.load("tester"), prompts.load("tester")]);
  expect(one).toBe(two);
  expect(asked).toBe(1);
});

it("asks again after a prompt that could not be loaded", async () => {
  let isBroken = true;
  const prompts = new PinnedPrompts(
    {
      load: async () => {
        if (isBroken) throw new Error("broken");
        return present;
      },
    },
    folder,
  );
  await expect(prompts.load("tester")).rejects.toThrow("broken");
  isBroken = false;
  expect(await prompts.load("tester")).toEqual(present);
});
