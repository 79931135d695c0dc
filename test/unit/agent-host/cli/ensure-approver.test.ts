import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyRing } from "../../../../agent-host/cli/approver-keys.ts";
import { ensureApprover } from "../../../../agent-host/cli/ensure-approver.ts";
import type { Prompt } from "../../../../agent-host/cli/prompt.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { Approver } from "../../../../agent-host/protocol/approver.ts";
import { fakeFollowing } from "../../../support/fake-following.ts";
import { FakeHost } from "../../../support/fake-host.ts";
import { FakePrompt } from "../../../support/fake-prompt.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-team-ensure-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Case {
  readonly env?: NodeJS.ProcessEnv;
  readonly prompt?: Prompt;
  readonly json?: boolean;
  readonly approvers?: readonly Partial<Approver>[];
  readonly refuses?: boolean;
}

async function ensured({ env = {}, prompt, json = false, approvers = [], refuses = false }: Case): Promise<{
  enrolled: { approver: Approver }[];
  notes: string;
}> {
  const host = new FakeHost({
    "approver/list": () => ({ approvers, isFirstKeyOpen: true }),
    "approver/enroll": () => {
      if (refuses) throw new HostError("approver.refused", "somebody was first");
      return { seq: 3 };
    },
  });
  const { following, notes } = fakeFollowing(host, { folder, env, json, prompt: prompt ?? null });
  await ensureApprover(following, keyRing(following.location, following.context));
  return { enrolled: host.asked("approver/enroll") as { approver: Approver }[], notes: notes() };
}

describe("before a run that may need a person", () => {
  const named = (): NodeJS.ProcessEnv => ({ AGENT_TEAM_APPROVER_KEY_FILE: join(folder, "key.pem") });

  it("makes and enrols the key that the variable names", async () => {
    const { enrolled, notes } = await ensured({ env: named() });
    expect(enrolled).toMatchObject([{ approver: { role: "admin" } }]);
    expect(notes).toContain("may decide here");
    const second = await ensured({ env: named() });
    expect(second.enrolled[0]?.approver.keyId).toBe(enrolled[0]?.approver.keyId);
  });

  it("leaves a workspace alone that has an approver", async () => {
    const { enrolled, notes } = await ensured({ env: named(), approvers: [{ keyId: "0123456789abcdef" }] });
    expect({ enrolled, notes }).toEqual({ enrolled: [], notes: "" });
  });

  it("says once what cannot be done where there is no key and nobody to ask", async () => {
    const { enrolled, notes } = await ensured({});
    expect(enrolled).toEqual([]);
    expect(notes).toMatch(/^warning: .*cannot be passed\n {2}→ .*approvers enroll/);
    const silent = await ensured({ json: true, prompt: new FakePrompt() });
    expect(silent.notes).toContain("warning:");
  });

  it("makes the default key with a passphrase at a terminal", async () => {
    const { enrolled } = await ensured({ prompt: new FakePrompt("pass phrase", "pass phrase") });
    expect(enrolled).toHaveLength(1);
  });

  it("lets the run start where the person wants no key, or the host takes none", async () => {
    expect((await ensured({ prompt: new FakePrompt("") })).notes).toContain(
      "warning: No approver key was made",
    );
    expect((await ensured({ env: named(), refuses: true })).notes).toContain("warning: somebody was first");
  });
});
