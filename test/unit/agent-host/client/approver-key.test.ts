import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  formatApproverKey,
  generateApproverKey,
  isProtectedKey,
  keyIdOf,
  parseApproverKey,
  readApproverKeyFile,
  signDecision,
  writeApproverKeyFile,
} from "../../../../agent-host/client/approver-key.ts";
import { approverSchema } from "../../../../agent-host/protocol/approver.ts";
import { decisionText, signedDecisionSchema } from "../../../../agent-host/protocol/decision.ts";

const holder = { identity: "ada", role: "lead" } as const;
const askNever = (): Promise<string> => Promise.reject(new Error("asked"));

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-key-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("the Ed25519 of this platform", () => {
  // RFC 8032, section 7.1, tests 1 and 2.
  const vectors = [
    {
      secret: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      public: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      message: "",
      signature:
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    },
    {
      secret: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      public: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      message: "72",
      signature:
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    },
  ];

  it.each(vectors)("signs what RFC 8032 says for message '$message'", (vector) => {
    const pkcs8 = Buffer.from(`302e020100300506032b657004220420${vector.secret}`, "hex");
    const pem = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" })
      .export({ type: "pkcs8", format: "pem" })
      .toString();
    const key = parseApproverKey(pem, null);
    expect(Buffer.from(key.publicKey, "base64").subarray(-32).toString("hex")).toBe(vector.public);
    const signature = sign(null, Buffer.from(vector.message, "hex"), key.privateKey);
    expect(signature.toString("hex")).toBe(vector.signature);
  });
});

describe("generateApproverKey", () => {
  it("gives an approver that its schema accepts, named after the public key", () => {
    const { key, approver } = generateApproverKey(holder);
    expect(approverSchema.parse(approver)).toEqual({
      ...holder,
      keyId: keyIdOf(key.publicKey),
      publicKey: key.publicKey,
    });
  });

  it("never makes the same key twice", () => {
    expect(generateApproverKey(holder).key.keyId).not.toBe(generateApproverKey(holder).key.keyId);
  });
});

describe("signDecision", () => {
  it("signs the whole decision, with what was left out filled in", () => {
    const { key } = generateApproverKey(holder);
    const given = { workspaceId: "0123456789abcdef", id: "g-review-1", digest: "a".repeat(64) };
    const signed = signDecision({ ...given, answer: "approve" }, key);
    expect(signedDecisionSchema.parse(signed)).toEqual(signed);
    expect(signed.decision).toMatchObject({ extent: "once", clears: [], comment: "", returnTo: null });
    const expected = sign(null, Buffer.from(decisionText(signed.decision)), key.privateKey);
    expect(signed.signature).toBe(expected.toString("base64"));
  });
});

describe("parseApproverKey", () => {
  it("reads what formatApproverKey wrote, protected or not", () => {
    const { key } = generateApproverKey(holder);
    for (const passphrase of [null, "correct horse battery staple"]) {
      const pem = formatApproverKey(key, passphrase);
      expect(isProtectedKey(pem)).toBe(passphrase !== null);
      expect(parseApproverKey(pem, passphrase).keyId).toBe(key.keyId);
    }
  });

  it("says what is wrong with a passphrase", () => {
    const pem = formatApproverKey(generateApproverKey(holder).key, "right");
    expect(() => parseApproverKey(pem, "wrong")).toThrow(
      expect.objectContaining({ code: "approver.passphraseWrong" }),
    );
    expect(() => parseApproverKey(pem, null)).toThrow(
      expect.objectContaining({ code: "approver.passphraseNeeded" }),
    );
    expect(() => formatApproverKey(generateApproverKey(holder).key, "")).toThrow(
      expect.objectContaining({ code: "approver.passphraseEmpty" }),
    );
  });

  it("refuses other kinds of keys and what is none", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const foreign = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const open = publicKey.export({ type: "spki", format: "pem" }).toString();
    expect(() => parseApproverKey(foreign, null)).toThrow(
      expect.objectContaining({ code: "approver.keyType" }),
    );
    for (const text of [open, "", "hello"]) {
      expect(() => parseApproverKey(text, null)).toThrow(
        expect.objectContaining({ code: "approver.keyUnreadable" }),
      );
    }
  });
});

describe("a key file", () => {
  it("is written for its owner alone and read again", async () => {
    const path = join(await temporaryFolder(), "new", "key.pem");
    const { key } = generateApproverKey(holder);
    await writeApproverKeyFile(path, key, null);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readApproverKeyFile(path, askNever)).keyId).toBe(key.keyId);
  });

  it("asks for the passphrase only where it is protected", async () => {
    const path = join(await temporaryFolder(), "key.pem");
    const { key } = generateApproverKey(holder);
    await writeApproverKeyFile(path, key, "word");
    expect((await readApproverKeyFile(path, async () => "word")).keyId).toBe(key.keyId);
    await expect(readApproverKeyFile(path, askNever)).rejects.toThrow("asked");
  });

  it("is never replaced", async () => {
    const path = join(await temporaryFolder(), "key.pem");
    await writeFile(path, "mine");
    await expect(writeApproverKeyFile(path, generateApproverKey(holder).key, null)).rejects.toMatchObject({
      code: "approver.keyExists",
    });
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  it.each([0o640, 0o604, 0o622, 0o660])("is refused with mode %o", async (mode) => {
    const path = join(await temporaryFolder(), "key.pem");
    await writeApproverKeyFile(path, generateApproverKey(holder).key, null);
    await chmod(path, mode);
    await expect(readApproverKeyFile(path, askNever)).rejects.toMatchObject({
      code: "approver.keyFileOpen",
      hint: `Run: chmod 600 ${path}`,
    });
  });

  it("is asked for by name where it is missing", async () => {
    const path = join(await temporaryFolder(), "none.pem");
    await expect(readApproverKeyFile(path, askNever)).rejects.toMatchObject({ code: "approver.noKey" });
  });

  it("is refused where it is a folder or too long", async () => {
    const folder = await temporaryFolder();
    const long = join(folder, "long.pem");
    await writeFile(long, "x".repeat(20_000), { mode: 0o600 });
    for (const path of [folder, long]) {
      await expect(readApproverKeyFile(path, askNever)).rejects.toMatchObject({
        code: "approver.keyUnreadable",
      });
    }
  });
});
