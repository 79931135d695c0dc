import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateApproverKey, signDecision } from "../../../../agent-host/client/approver-key.ts";
import {
  type Decision,
  decisionText,
  type SignedDecision,
} from "../../../../agent-host/protocol/decision.ts";
import { type HumanRole, humanRoleSchema } from "../../../../agent-host/protocol/phase.ts";
import type { LoadedRoles } from "../../../../agent-host/security/load-roles.ts";
import {
  type DecisionCheck,
  isSoundKey,
  unclearedFiles,
  verifyDecision,
} from "../../../../agent-host/security/verify-decision.ts";

const workspaceId = "0123456789abcdef";
const digest = "ab".repeat(32);
const { key, approver } = generateApproverKey({ identity: "ada", role: "reviewer" });
const stranger = generateApproverKey({ identity: "ada", role: "admin" });
const given = { workspaceId, id: "g-review-1", digest, answer: "approve", clears: ["package.json"] } as const;
const signed = signDecision({ ...given, clears: [...given.clears] }, key);

function check(changes: Partial<DecisionCheck> = {}): DecisionCheck {
  const expected = { id: given.id, digest, approvers: ["reviewer" as const] };
  return { signed, approvers: [approver], roles: { kind: "absent" }, workspaceId, expected, ...changes };
}

describe("verifyDecision", () => {
  it("accepts what an enrolled key signed about exactly this", () => {
    expect(verifyDecision(check())).toEqual({ valid: true, approver });
  });

  it("knows no key that is not enrolled", () => {
    const verdict = verifyDecision(check({ signed: signDecision(signed.decision, stranger.key) }));
    expect(verdict).toMatchObject({ valid: false, rule: "decision.unknownKey" });
  });

  it("refuses a stranger's signature under an enrolled key's id", () => {
    const forged = { ...signDecision(signed.decision, stranger.key), keyId: approver.keyId };
    expect(verifyDecision(check({ signed: forged }))).toMatchObject({ rule: "decision.badSignature" });
  });

  it("refuses an enrolled entry whose key is not the one its id stands for", () => {
    const swapped = { ...approver, publicKey: stranger.approver.publicKey };
    const forged = { ...signDecision(signed.decision, stranger.key), keyId: approver.keyId };
    const verdict = verifyDecision(check({ approvers: [swapped], signed: forged }));
    expect(verdict).toMatchObject({ rule: "decision.badSignature" });
  });

  it.each([
    ["decision.otherWorkspace", { workspaceId: "fedcba9876543210" }],
    ["decision.otherId", { id: "g-review-2" }],
    ["decision.otherDigest", { digest: "cd".repeat(32) }],
  ])("refuses with %s what was signed about something else", (rule, change) => {
    const other = signDecision({ ...signed.decision, ...change }, key);
    expect(verifyDecision(check({ signed: other }))).toMatchObject({ valid: false, rule });
  });

  it("lets a higher role do what a lower one may, never the reverse", () => {
    const roles = humanRoleSchema.options;
    for (const [held, has] of roles.entries()) {
      for (const [needed, needs] of roles.entries()) {
        const expected = { id: given.id, digest, approvers: [needs] };
        const verdict = verifyDecision(check({ approvers: [{ ...approver, role: has }], expected }));
        expect(verdict.valid, `${has} for ${needs}`).toBe(held >= needed);
      }
    }
  });

  it("needs one of several roles, and refuses where no role is named", () => {
    const either = { id: given.id, digest, approvers: ["admin", "developer"] as HumanRole[] };
    expect(verifyDecision(check({ expected: either })).valid).toBe(true);
    const none = { ...either, approvers: [] };
    expect(verifyDecision(check({ expected: none }))).toMatchObject({ rule: "decision.role" });
  });

  it("lets roles.yaml lower a role, never raise it", () => {
    const listed = (role: HumanRole): LoadedRoles => ({ kind: "roles", roles: new Map([["ada", role]]) });
    expect(verifyDecision(check({ roles: listed("developer") }))).toMatchObject({ rule: "decision.role" });
    expect(verifyDecision(check({ roles: listed("admin") }))).toEqual({ valid: true, approver });
    const unlisted: LoadedRoles = { kind: "roles", roles: new Map() };
    expect(verifyDecision(check({ roles: unlisted }))).toMatchObject({ rule: "decision.role" });
  });

  it("lets nobody decide while roles.yaml is broken", () => {
    const roles: LoadedRoles = { kind: "refused", line: 3, reason: "no" };
    expect(verifyDecision(check({ roles }))).toMatchObject({ rule: "decision.rolesRefused" });
  });

  it("refuses a signature with any bit flipped", () => {
    const bytes = Buffer.from(signed.signature, "base64");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const forged = { ...signed, signature: flipped.toString("base64") };
      expect(verifyDecision(check({ signed: forged })).valid).toBe(false);
    }
  });

  it("refuses another spelling of the same signature", () => {
    const last = signed.signature.charAt(85);
    const spelled = `${signed.signature.slice(0, 85)}${next(last)}==`;
    expect(Buffer.from(spelled, "base64")).toEqual(Buffer.from(signed.signature, "base64"));
    expect(verifyDecision(check({ signed: { ...signed, signature: spelled } })).valid).toBe(false);
  });

  it("refuses a decision with any bit of its text flipped", () => {
    const prefix = "agent-team decision v1\n";
    const text = Buffer.from(decisionText(signed.decision).slice(prefix.length));
    let parsed = 0;
    for (let bit = 0; bit < text.length * 8; bit += 1) {
      const flipped = Buffer.from(text);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const decision = parse(flipped.toString("utf8"));
      if (decision === null || decisionText(decision) === decisionText(signed.decision)) continue;
      parsed += 1;
      expect(verifyDecision(check({ signed: { ...signed, decision } })).valid).toBe(false);
    }
    expect(parsed).toBeGreaterThan(500);
  });

  it("refuses whatever else was decided with this signature", () => {
    const others = fc.record({
      answer: fc.constantFrom("approve" as const, "reject" as const),
      extent: fc.constantFrom("once" as const, "run" as const, "always" as const),
      returnTo: fc.constantFrom(null, "planning" as const, "review" as const),
      clears: fc.array(fc.string(), { maxLength: 3 }),
      comment: fc.string(),
    });
    void fc.assert(
      fc.property(others, (other) => {
        const decision = { ...signed.decision, ...other };
        const isSame = decisionText(decision) === decisionText(signed.decision);
        expect(verifyDecision(check({ signed: { ...signed, decision } })).valid).toBe(isSame);
      }),
    );
  });
});

describe("isSoundKey", () => {
  it("accepts what was generated and nothing that was tampered with", () => {
    expect(isSoundKey(approver)).toBe(true);
    expect(isSoundKey({ ...approver, keyId: stranger.approver.keyId })).toBe(false);
    expect(isSoundKey({ ...approver, publicKey: approver.publicKey.slice(0, 40) })).toBe(false);
    expect(isSoundKey({ ...approver, publicKey: `${approver.publicKey}\n` })).toBe(false);
  });
});

describe("unclearedFiles", () => {
  it("wants each file by name", () => {
    const files = ["package.json", "test/a.test.ts"];
    expect(unclearedFiles(files, [])).toEqual(files);
    expect(unclearedFiles(files, ["package.json", "test/**", "*", "PACKAGE.JSON"])).toEqual([
      "test/a.test.ts",
    ]);
    expect(unclearedFiles(files, [...files].reverse())).toEqual([]);
  });
});

function parse(text: string): Decision | null {
  try {
    const value: unknown = JSON.parse(text);
    const isWhole = typeof value === "object" && value !== null && "clears" in value;
    return isWhole ? (value as SignedDecision["decision"]) : null;
  } catch {
    // Most flips break the JSON: then there is no decision to verify.
    return null;
  }
}

/** The next character of the Base64 alphabet within the same four: only unused bits differ. */
function next(character: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return alphabet.charAt(alphabet.indexOf(character) + 1);
}
