import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runRequestOf } from "../../../../agent-host/cli/run-request.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-team-request-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the request of a run", () => {
  it("carries what was asked for, and nothing that was not", async () => {
    expect(await runRequestOf({ goal: "look", provider: "offline", approve: "ask" }, folder)).toEqual({
      goal: "look",
      provider: "offline",
      approve: "ask",
      trust: false,
    });
  });

  it("carries the text of the script, read from the folder of the command", async () => {
    await writeFile(join(folder, "demo.json"), '{"format":1}');
    const wish = { goal: "look", provider: "scripted", approve: "auto", script: "demo.json" } as const;
    const request = await runRequestOf({ ...wish, budgetUsd: 0.5, trust: true, profile: "change" }, folder);
    expect(request).toMatchObject({ script: '{"format":1}', budgetUsd: 0.5, trust: true, profile: "change" });
  });

  it.each([
    [{ provider: "offline", script: "x.json" }, "cli.usage", /--script does not go with --provider offline/],
    [{ provider: "scripted" }, "cli.usage", /needs --script/],
    [{ provider: "scripted", script: "none.json" }, "script.unreadable", /no such file/],
    [{ provider: "scripted", script: "." }, "script.unreadable", /no file of at most 4 MB/],
  ] as const)("refuses %j", async (part, code, message) => {
    const made = runRequestOf({ goal: "look", approve: "ask", ...part }, folder);
    await expect(made).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("refuses a script that is too long", async () => {
    await writeFile(join(folder, "long.json"), "x".repeat(4_000_001));
    const wish = { goal: "look", provider: "scripted", approve: "ask", script: "long.json" } as const;
    await expect(runRequestOf(wish, folder)).rejects.toMatchObject({ code: "script.unreadable" });
  });
});
