import { createHash } from "node:crypto";
import type * as z from "zod";
import type { MockRefusal } from "./mock-turn.ts";
import {
  type ApiBlock,
  type ApiMessage,
  type CountBody,
  countRequestSchema,
  type MessageBody,
  messageRequestSchema,
} from "./request-schema.ts";

export type Checked<Body> = { readonly body: Body } | { readonly refusal: MockRefusal };

/** Answers that held thinking, by the id of each of their calls: they must come back as they were. */
export type SentAnswers = ReadonlyMap<
  string,
  { readonly model: string; readonly blocks: readonly unknown[] }
>;

const versions = ["2023-06-01", "2026-10-21"];
const knownBetas = ["interleaved-thinking-2025-05-14", "context-management-2025-06-27"];

/** null: the headers are as they must be. */
export function checkHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  key: string,
): MockRefusal | null {
  const apiKey = headers["x-api-key"];
  const bearer = headers.authorization;
  if (apiKey === undefined && bearer === undefined) return refusal(401, "x-api-key header is required");
  if (apiKey !== undefined && apiKey !== key) return refusal(401, "invalid x-api-key");
  if (bearer !== undefined && bearer !== `Bearer ${key}`) return refusal(401, "invalid bearer token");
  const version = headers["anthropic-version"];
  if (typeof version !== "string") return refusal(400, "anthropic-version: header is required");
  if (!versions.includes(version))
    return refusal(400, `anthropic-version: "${version}" is not a valid version`);
  const type = String(headers["content-type"] ?? "");
  if (!type.startsWith("application/json")) return refusal(400, "content-type: must be application/json");
  const betas = String(headers["anthropic-beta"] ?? "").split(",");
  const unknown = betas.map((beta) => beta.trim()).find((beta) => beta !== "" && !knownBetas.includes(beta));
  return unknown === undefined
    ? null
    : refusal(400, `Unexpected value(s) \`${unknown}\` for the \`anthropic-beta\` header`);
}

export function checkMessageRequest(body: unknown, sent: SentAnswers): Checked<MessageBody> {
  return checkBody(messageRequestSchema, body, sent);
}

export function checkCountRequest(body: unknown, sent: SentAnswers): Checked<CountBody> {
  return checkBody(countRequestSchema, body, sent);
}

/** What the mock signs thinking with: any change of the text is seen. */
export function signatureOf(thinking: string): string {
  return createHash("sha256").update(`signed by the mock\n${thinking}`).digest("base64");
}

function checkBody<Body extends CountBody>(
  schema: z.ZodType<Body>,
  body: unknown,
  sent: SentAnswers,
): Checked<Body> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) return { refusal: refusal(400, firstIssue(parsed.error.issues)) };
  const problem = problemOf(parsed.data, sent);
  return problem === null ? { body: parsed.data } : { refusal: refusal(400, problem) };
}

function firstIssue(issues: readonly z.core.$ZodIssue[]): string {
  const [issue] = issues;
  if (issue?.code === "invalid_union" && issue.errors.length > 0) {
    // The branch that came furthest says most.
    const deepest = issue.errors.flat().sort((a, b) => b.path.length - a.path.length);
    const [inner] = deepest;
    if (inner !== undefined) return firstIssue([{ ...inner, path: [...issue.path, ...inner.path] }]);
  }
  if (issue?.code === "unrecognized_keys") {
    return `${[...issue.path, issue.keys[0]].join(".")}: Extra inputs are not permitted`;
  }
  return `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
}

function problemOf(body: CountBody, sent: SentAnswers): string | null {
  const messages = combined(body.messages);
  return (
    problemOfOrder(messages) ??
    problemOfTools(body, messages) ??
    problemOfPairs(messages) ??
    problemOfCache(body) ??
    problemOfThinking(messages, body.model, sent)
  );
}

interface Combined {
  readonly role: ApiMessage["role"];
  readonly blocks: readonly ApiBlock[];
}

/** Consecutive messages of one role count as one. */
export function combined(messages: readonly ApiMessage[]): Combined[] {
  const result: { role: ApiMessage["role"]; blocks: ApiBlock[] }[] = [];
  for (const { role, content } of messages) {
    const blocks = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
    const last = result.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else result.push({ role, blocks: [...blocks] });
  }
  return result;
}

function problemOfOrder(messages: readonly Combined[]): string | null {
  if (messages[0]?.role !== "user") return 'messages: first message must use the "user" role';
  if (messages.at(-1)?.role === "user") return null;
  return "This model does not support assistant message prefill. The conversation must end with a user message.";
}

function problemOfTools({ tools = [] }: CountBody, messages: readonly Combined[]): string | null {
  const names = tools.map(({ name }) => name);
  if (new Set(names).size < names.length) return "tools: Tool names must be unique.";
  const usesTools = messages.some(({ blocks }) => blocks.some(({ type }) => type.startsWith("tool_")));
  return usesTools && tools.length === 0
    ? "Requests which include `tool_use` or `tool_result` blocks must define tools."
    : null;
}

function problemOfPairs(messages: readonly Combined[]): string | null {
  const seen = new Set<string>();
  let open: string[] = [];
  for (const [at, { role, blocks }] of messages.entries()) {
    if (role === "user") {
      const problem = problemOfResults(blocks, open, at);
      if (problem !== null) return problem;
      open = [];
      continue;
    }
    open = blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
    if (open.some((id) => seen.has(id)) || new Set(open).size < open.length) {
      return "messages: `tool_use` ids must be unique";
    }
    for (const id of open) seen.add(id);
  }
  return null;
}

function problemOfResults(blocks: readonly ApiBlock[], open: readonly string[], at: number): string | null {
  const firstOther = blocks.findIndex(({ type }) => type !== "tool_result");
  const leading = firstOther === -1 ? blocks : blocks.slice(0, firstOther);
  const given = leading.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []));
  const missing = open.filter((id) => !given.includes(id));
  if (missing.length > 0) {
    return `messages.${at - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
  }
  const all = blocks.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []));
  const unexpected = all.filter(
    (id, index) => !open.includes(id) || all.indexOf(id) !== index || !given.includes(id),
  );
  if (unexpected.length === 0) return null;
  return `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unexpected.join(", ")}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
}

function problemOfCache({ system, tools = [], messages, cache_control }: CountBody): string | null {
  const contents = messages.flatMap(({ content }): object[] => (typeof content === "string" ? [] : content));
  const places: readonly object[] = [...tools, ...(typeof system === "object" ? system : []), ...contents];
  const marks = places.filter((place) => "cache_control" in place && place.cache_control != null).length;
  const all = marks + (cache_control == null ? 0 : 1);
  return all > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${all}.` : null;
}

function problemOfThinking(messages: readonly Combined[], model: string, sent: SentAnswers): string | null {
  for (const [at, { role, blocks }] of messages.entries()) {
    if (role !== "assistant") continue;
    for (const [index, block] of blocks.entries()) {
      if (block.type === "thinking" && block.signature !== signatureOf(block.thinking)) {
        return `messages.${at}.content.${index}: Invalid \`signature\` in \`thinking\` block`;
      }
    }
    const [id] = blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
    const was = id === undefined ? undefined : sent.get(id);
    if (was?.model === model && !isSame(blocks, was.blocks)) {
      return `messages.${at}: \`thinking\` or \`redacted_thinking\` blocks in an assistant message cannot be modified. These blocks must remain as they were in the original response.`;
    }
  }
  return null;
}

function isSame(blocks: readonly ApiBlock[], sent: readonly unknown[]): boolean {
  return JSON.stringify(blocks.filter(isThinking)) === JSON.stringify(sent.filter(isThinking));
}

function isThinking(block: unknown): boolean {
  const type = (block as { type?: unknown }).type;
  return type === "thinking" || type === "redacted_thinking";
}

function refusal(status: number, message: string): MockRefusal {
  return { status, message, type: status === 401 ? "authentication_error" : "invalid_request_error" };
}
