import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { sha256 } from "../core/digest.ts";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import type { Approver } from "../protocol/approver.ts";
import {
  type DecisionInput,
  decisionSchema,
  decisionText,
  type SignedDecision,
} from "../protocol/decision.ts";

/** A key that signs decisions: Ed25519 (RFC 8032). Who holds it is bound to it when it is enrolled, not in the key. */
export interface ApproverKey {
  readonly keyId: string;
  /** SPKI (RFC 8410) in base64. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** Who a key is enrolled for. */
export type KeyHolder = Pick<Approver, "identity" | "role">;

/** Asked only where a file turns out to be protected. Rejects with what is to be told the person. */
export type AskPassphrase = () => Promise<string>;

const maxKeyFileBytes = 16_384;
const othersMode = 0o077;

/** A fresh key, and what is sent to enrol it. */
export function generateApproverKey(holder: KeyHolder): { key: ApproverKey; approver: Approver } {
  const key = keyFrom(generateKeyPairSync("ed25519").privateKey);
  return { key, approver: approverOf(key, holder) };
}

/** What is sent to enrol a key; nothing of it is secret. */
export function approverOf(key: ApproverKey, { identity, role }: KeyHolder): Approver {
  return { keyId: key.keyId, publicKey: key.publicKey, identity, role };
}

/** First 16 hexadecimal digits of the SHA-256 of a public key; `publicKey` is SPKI in base64. */
export function keyIdOf(publicKey: string): string {
  return sha256(Buffer.from(publicKey, "base64")).slice(0, 16);
}

/** Signs `decisionText`, with what is left out of the decision filled in. */
export function signDecision(decision: DecisionInput, key: ApproverKey): SignedDecision {
  const whole = decisionSchema.parse(decision);
  const signature = sign(null, Buffer.from(decisionText(whole), "utf8"), key.privateKey);
  return { decision: whole, keyId: key.keyId, signature: signature.toString("base64") };
}

/**
 * The key as PEM, PKCS #8 (RFC 5208). With a passphrase it is encrypted with AES-256; the derivation is OpenSSL's
 * default of few rounds, so only a long passphrase withstands who has the file.
 *
 * @throws HostError `approver.passphraseEmpty`
 */
export function formatApproverKey(key: ApproverKey, passphrase: string | null): string {
  const form = { type: "pkcs8", format: "pem" } as const;
  if (passphrase === null) return key.privateKey.export(form).toString();
  if (passphrase === "") {
    throw new HostError("approver.passphraseEmpty", "An empty passphrase protects nothing", {
      hint: "Choose a passphrase of several words",
    });
  }
  return key.privateKey.export({ ...form, cipher: "aes-256-cbc", passphrase }).toString();
}

/** Whether a passphrase is needed to read this PEM text. */
export function isProtectedKey(pem: string): boolean {
  return pem.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----");
}

/**
 * Reads PEM, PKCS #8. `passphrase` counts only where the key is protected.
 *
 * @throws HostError `approver.passphraseNeeded`, `approver.passphraseWrong`, `approver.keyType` for a key that is not
 * Ed25519, `approver.keyUnreadable` for what is no private key.
 */
export function parseApproverKey(pem: string, passphrase: string | null): ApproverKey {
  const isProtected = isProtectedKey(pem);
  if (isProtected && passphrase === null) {
    throw new HostError("approver.passphraseNeeded", "The approver key is protected by a passphrase", {
      hint: "Set AGENT_TEAM_APPROVER_PASSPHRASE, or use a terminal to be asked",
    });
  }
  const key = privateKeyFrom(pem, isProtected ? passphrase : null);
  if (key.asymmetricKeyType === "ed25519") return keyFrom(key);
  throw new HostError("approver.keyType", `An Ed25519 key is needed, this is ${key.asymmetricKeyType}`, {
    hint: "Make one with: openssl genpkey -algorithm ed25519",
  });
}

/**
 * Reads a key file that nobody else can read.
 *
 * @throws HostError `approver.noKey` where there is none, `approver.keyFileOpen` where others may read or write it,
 * `approver.keyUnreadable`, and what `parseApproverKey` throws.
 */
export async function readApproverKeyFile(path: string, askPassphrase: AskPassphrase): Promise<ApproverKey> {
  const pem = await readPrivateFile(path);
  return parseApproverKey(pem, isProtectedKey(pem) ? await askPassphrase() : null);
}

/**
 * Writes a new key file with mode 0600; makes its folder if need be. Never replaces a file: a lost key cannot be
 * made again.
 *
 * @throws HostError `approver.keyExists`, `approver.passphraseEmpty`
 */
export async function writeApproverKeyFile(
  path: string,
  key: ApproverKey,
  passphrase: string | null,
): Promise<void> {
  const pem = formatApproverKey(key, passphrase);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await openNew(path);
  try {
    await file.chmod(0o600);
    await file.writeFile(pem);
    await file.sync();
  } catch (error) {
    // Half a key would stand in the way of the next try.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function keyFrom(privateKey: KeyObject): ApproverKey {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const publicKey = spki.toString("base64");
  return { keyId: keyIdOf(publicKey), publicKey, privateKey };
}

function privateKeyFrom(pem: string, passphrase: string | null): KeyObject {
  try {
    return createPrivateKey(
      passphrase === null ? { key: pem, format: "pem" } : { key: pem, format: "pem", passphrase },
    );
  } catch (error) {
    if (passphrase !== null) {
      throw new HostError("approver.passphraseWrong", "The passphrase does not open the approver key", {
        hint: "Try again; nobody can recover a forgotten passphrase, but a new key can be enrolled",
        cause: error,
      });
    }
    throw unreadable("It holds no private key in PEM, PKCS #8", error);
  }
}

async function readPrivateFile(path: string): Promise<string> {
  const file = await openKeyFile(path);
  try {
    const status = await file.stat();
    if (!status.isFile() || status.size > maxKeyFileBytes) throw unreadable(`${path} is no key file`);
    if (process.platform !== "win32" && (status.mode & othersMode) !== 0) {
      throw new HostError("approver.keyFileOpen", `Others can get at the approver key ${path}`, {
        hint: `Run: chmod 600 ${path}`,
      });
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

async function openKeyFile(path: string): Promise<FileHandle> {
  try {
    // A pipe in the file's place must not make the reader wait. Windows has no such flag.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") {
      throw new HostError("approver.noKey", `There is no approver key at ${path}`, {
        hint: "Make and enrol one with: agent-team approvers enroll, or set AGENT_TEAM_APPROVER_KEY_FILE",
        cause: error,
      });
    }
    throw unreadable(`${path} cannot be read`, error);
  }
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    throw new HostError("approver.keyExists", `There is a file already at ${path}`, {
      hint: "Use that key, or choose another path",
      cause: error,
    });
  }
}

function unreadable(message: string, cause?: unknown): HostError {
  return new HostError("approver.keyUnreadable", message, {
    hint: "Check the path and that the file belongs to you",
    cause,
  });
}
