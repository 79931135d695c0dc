import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type KeyRing, keyRing } from "../../../../agent-host/cli/approver-keys.ts";
import type { Prompt } from "../../../../agent-host/cli/prompt.ts";
import { FakePrompt } from "../../../support/fake-prompt.ts";

const signal = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-team-keys-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function ring(env: NodeJS.ProcessEnv, prompt: Prompt | null = null): KeyRing {
  const location = { home: join(folder, "home"), realPath: join(folder, "workspace") };
  return keyRing(location, { env, cwd: folder, prompt });
}

describe("the approver key of a command", () => {
  it("is made where the variable says, for its owner alone", async () => {
    const keys = ring({ AGENT_TEAM_APPROVER_KEY_FILE: "keys/me.pem" });
    expect(keys).toMatchObject({ path: join(folder, "keys/me.pem"), isNamed: true });
    const { keyId } = await keys.make(signal);
    expect((await stat(keys.path)).mode & 0o777).toBe(0o600);
    const again = await ring({ AGENT_TEAM_APPROVER_KEY_FILE: keys.path }).open(signal);
    expect(again.keyId).toBe(keyId);
  });

  it("lies in the state folder else, and always behind a passphrase", async () => {
    const made = await ring({}, new FakePrompt("one", "two", "three", "three")).make(signal);
    const file = join(folder, "home", "approver-key.pem");
    expect(await readFile(file, "utf8")).toContain("BEGIN ENCRYPTED PRIVATE KEY");
    const prompt = new FakePrompt("wrong", "three", "never asked");
    const keys = ring({}, prompt);
    expect((await keys.open(signal)).keyId).toBe(made.keyId);
    await keys.open(signal);
    expect(prompt.questions).toHaveLength(2);
  });

  it("takes the passphrase from the environment, once", async () => {
    const env = { AGENT_TEAM_APPROVER_PASSPHRASE: "correct horse" };
    const made = await ring(env).make(signal);
    expect((await ring(env).open(signal)).keyId).toBe(made.keyId);
    const wrong = ring({ AGENT_TEAM_APPROVER_PASSPHRASE: "wrong" }).open(signal);
    await expect(wrong).rejects.toMatchObject({ code: "approver.passphraseWrong" });
  });

  it("gives up after three wrong passphrases", async () => {
    await ring({ AGENT_TEAM_APPROVER_PASSPHRASE: "right" }).make(signal);
    const prompt = new FakePrompt("a", "b", "c", "right");
    await expect(ring({}, prompt).open(signal)).rejects.toMatchObject({ code: "approver.passphraseWrong" });
    expect(prompt.questions).toHaveLength(3);
  });

  it("says what to do where there is none, or nobody to ask", async () => {
    await expect(ring({}).open(signal)).rejects.toMatchObject({
      code: "approver.noKey",
      hint: expect.stringContaining("enroll"),
    });
    await expect(ring({}).make(signal)).rejects.toMatchObject({ code: "approver.passphraseNeeded" });
    await expect(ring({}, new FakePrompt("")).make(signal)).rejects.toMatchObject({ code: "approver.noKey" });
  });

  it("is never made where agents would get a copy of it", async () => {
    const inside = ring({ AGENT_TEAM_APPROVER_KEY_FILE: "workspace/key.pem" });
    await expect(inside.make(signal)).rejects.toMatchObject({ code: "approver.keyInWorkspace" });
  });
});
