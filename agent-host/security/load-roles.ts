import { isAlias, isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap } from "yaml";
import { messageOf, systemErrorCode } from "../core/host-error.ts";
import { readSmallFile } from "../core/small-file.ts";
import { type HumanRole, humanRoleSchema } from "../protocol/phase.ts";

/** What `roles.yaml` says. `refused`: it is there and does not count, so nobody may decide. */
export type LoadedRoles =
  | { readonly kind: "absent" }
  | { readonly kind: "roles"; readonly roles: ReadonlyMap<string, HumanRole> }
  | {
      readonly kind: "refused";
      /** From 1; null where the file could not be read. */
      readonly line: number | null;
      readonly reason: string;
    };

const maxFileBytes = 256 * 1024;
const maxIdentities = 10_000;
const maxIdentityLength = 100;

/** Reads `roles.yaml`: `format: 1` and `roles`, a map from identity to role. Never throws. */
export async function loadRoles(path: string): Promise<LoadedRoles> {
  try {
    const text = await readSmallFile(path, maxFileBytes);
    return text === null
      ? { kind: "refused", line: null, reason: `it is no file of at most ${maxFileBytes / 1_024} KiB` }
      : parseRoles(text);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return { kind: "absent" };
    return { kind: "refused", line: null, reason: `it cannot be read: ${messageOf(error)}` };
  }
}

/** The same for the file's text. */
export function parseRoles(text: string): LoadedRoles {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2" });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    return { kind: "refused", line: lines.linePos(fault.pos[0]).line, reason: fault.message };
  }
  try {
    return { kind: "roles", roles: readRoot(document.contents) };
  } catch (error) {
    if (!(error instanceof RolesFault)) throw error;
    const line = error.offset === null ? 1 : lines.linePos(error.offset).line;
    return { kind: "refused", line, reason: error.message };
  }
}

/** A fault at a place; never leaves this file. */
class RolesFault extends Error {
  readonly offset: number | null;

  constructor(node: unknown, message: string) {
    super(message);
    const range = (node as { range?: readonly number[] | null } | null)?.range;
    this.offset = range?.[0] ?? null;
  }
}

function readRoot(root: unknown): Map<string, HumanRole> {
  const found = new Map<string, Pair>();
  for (const [key, pair] of entriesOf(root, "the file")) {
    if (key !== "format" && key !== "roles") throw new RolesFault(pair.key, `there is no ${key} here`);
    found.set(key, pair);
  }
  const format = found.get("format");
  if (format === undefined) throw new RolesFault(root, "format: 1 is missing");
  if (!isScalar(format.value) || format.value.value !== 1) {
    throw new RolesFault(format.value ?? format.key, "format must be 1");
  }
  const roles = found.get("roles");
  if (roles === undefined) throw new RolesFault(root, "roles is missing");
  return readRoles(roles);
}

function readRoles(pair: Pair): Map<string, HumanRole> {
  const roles = new Map<string, HumanRole>();
  for (const [identity, entry] of entriesOf(pair.value ?? pair.key, "roles")) {
    if (identity === "" || identity.length > maxIdentityLength) {
      throw new RolesFault(entry.key, `an identity has 1 to ${maxIdentityLength} characters`);
    }
    const role = humanRoleSchema.safeParse(isScalar(entry.value) ? entry.value.value : undefined);
    if (!role.success) {
      const known = humanRoleSchema.options.join(", ");
      throw new RolesFault(entry.value ?? entry.key, `the role of ${identity} must be one of ${known}`);
    }
    roles.set(identity, role.data);
  }
  if (roles.size > maxIdentities) throw new RolesFault(pair.key, `more than ${maxIdentities} identities`);
  return roles;
}

function entriesOf(node: unknown, name: string): [string, Pair][] {
  if (!isMap(node)) throw new RolesFault(node, `${name} must be a map`);
  return (node as YAMLMap).items.map((pair) => {
    if (isAlias(pair.key) || !isScalar(pair.key) || typeof pair.key.value !== "string") {
      throw new RolesFault(pair.key, `a key of ${name} is no text`);
    }
    return [pair.key.value, pair];
  });
}
