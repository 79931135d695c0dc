import { type Document, parseDocument } from "yaml";
import * as z from "zod";
import { sha256 } from "../core/digest.ts";
import { HostError } from "../core/host-error.ts";
import { type AgentType, agentTypeSchema } from "../protocol/task.ts";

/** What an agent is told before its task, and the tools it is given. */
export interface Prompt {
  readonly agentType: AgentType;
  /** Text behind the front matter. */
  readonly text: string;
  /** Names of tools; those every task needs to hand back its result come on top. */
  readonly tools: readonly string[];
  readonly version: number;
  /** SHA-256 of the file's bytes. */
  readonly checksum: string;
}

/** Longest prompt file, in bytes. */
export const maxPromptBytes = 64 * 1_024;

const frontMatterSchema = z.strictObject({
  agentType: agentTypeSchema,
  tools: z.array(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "a tool's name expected")).max(50),
  version: z.int().min(1),
});

// Bidirectional controls, zero-width characters but joiners, and tags: what a reader would not see, a model reads.
const hidden = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]/u;

/**
 * A prompt file: YAML front matter between two lines of `---`, then Markdown.
 *
 * @throws HostError `prompt.refused` with the line or key and the reason.
 */
export function parsePrompt(bytes: Uint8Array, agentType: AgentType): Prompt {
  if (bytes.length > maxPromptBytes)
    throw refused(`it has ${bytes.length} bytes, at most ${maxPromptBytes} are read`);
  const file = textOf(bytes).replace(/^\uFEFF/, "");
  refuseHidden(file);
  const parts = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(file);
  if (parts === null) throw refused("line 1: front matter between two lines of --- expected");
  const head = frontMatterOf(parts[1] ?? "");
  if (head.agentType !== agentType)
    throw refused(`agentType: it is for ${head.agentType}, not for ${agentType}`);
  const text = (parts[2] ?? "").trim();
  if (text === "") throw refused("there is no text behind the front matter");
  return { ...head, text, checksum: sha256(bytes) };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw refused("it is not UTF-8", error);
  }
}

function refuseHidden(text: string): void {
  const at = text.search(hidden);
  if (at === -1) return;
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  throw refused(`line ${text.slice(0, at).split("\n").length}: invisible character U+${code}`);
}

function frontMatterOf(text: string): z.output<typeof frontMatterSchema> {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    // One line is above the front matter.
    throw refused(`line ${(error.linePos?.[0].line ?? 0) + 1}: ${error.message.split("\n", 1)[0]}`, error);
  }
  const parsed = frontMatterSchema.safeParse(plainValue(document));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, 3).map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join(".")}: ${message}`;
  });
  throw refused(faults.join("; "), parsed.error);
}

function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw refused("front matter: aliases are not allowed", error);
  }
}

function refused(reason: string, cause?: unknown): HostError {
  return new HostError("prompt.refused", reason, { hint: "Correct the prompt file", cause });
}
