import type { EndpointAbilities, ModelSettings } from "../endpoint.ts";
import type { Effort, ModelRequest, ToolDeclaration } from "../model.ts";
import { type CacheMark, type MessageParam, type TextParam, wellFormed } from "./api-blocks.ts";
import { conversationParams } from "./conversation-params.ts";

export interface ToolParam {
  readonly name: string;
  readonly description: string;
  readonly input_schema: Readonly<Record<string, unknown>>;
  cache_control?: CacheMark;
}

/** What a call and a count have in common. */
export interface CountParams {
  readonly model: string;
  readonly messages: readonly MessageParam[];
  readonly system?: readonly TextParam[];
  readonly tools?: readonly ToolParam[];
  readonly thinking?: { readonly type: "adaptive" };
  readonly output_config?: { readonly effort: Effort };
}

export interface CallParams extends CountParams {
  readonly max_tokens: number;
}

export interface RequestTarget {
  /** Name of the model as conversations know it. */
  readonly name: string;
  readonly model: ModelSettings;
  readonly can: EndpointAbilities;
}

/** The body of a call. Nothing in it depends on time or chance, so that what comes first can be read from the cache. */
export function callParams(request: ModelRequest, target: RequestTarget): CallParams {
  const params = countParams(request, target);
  return { ...params, max_tokens: maxTokensOf(request, target.model) };
}

/** The body of a count. */
export function countParams(request: ModelRequest, { name, model, can }: RequestTarget): CountParams {
  const messages = conversationParams(request.messages, { model: name, hasTools: request.tools.length > 0 });
  const system = request.system.trim() === "" ? [] : [textOf(request.system)];
  const tools = request.tools.map(toolParam);
  if (can.cache) markForCache({ system, tools, messages });
  return {
    model: model.id,
    messages,
    ...(system.length > 0 ? { system } : {}),
    ...(tools.length > 0 ? { tools } : {}),
    ...(can.thinking ? { thinking: { type: "adaptive" as const } } : {}),
    ...(can.effort && request.effort !== undefined ? { output_config: { effort: request.effort } } : {}),
  };
}

/** Most tokens the answer may have. */
export function maxTokensOf(
  { maxOutputTokens }: ModelRequest,
  { maxOutputTokens: most }: ModelSettings,
): number {
  return Math.max(1, Math.min(maxOutputTokens, most ?? maxOutputTokens));
}

function textOf(text: string): TextParam {
  return { type: "text", text: wellFormed(text) };
}

function toolParam({ name, description, inputSchema }: ToolDeclaration): ToolParam {
  return { name, description, input_schema: { type: "object", ...inputSchema } };
}

interface Markable {
  readonly system: readonly TextParam[];
  readonly tools: readonly ToolParam[];
  readonly messages: readonly MessageParam[];
}

// Four marks are allowed. The two last messages of the user get one each: the last is written to the cache, and the one
// before is where the call before wrote, which an endpoint looks for only some twenty blocks back from a mark. In a
// first call there is none before: its mark goes to what other tasks of the run begin with too.
function markForCache({ system, tools, messages }: Markable): void {
  const userTurns = messages.filter(({ role }) => role === "user").slice(-2);
  const [first] = userTurns;
  const last =
    userTurns.length === 1 && first !== undefined && first.content.length > 1
      ? [first.content.at(0), first.content.at(-1)]
      : userTurns.map(({ content }) => content.at(-1));
  for (const marked of [system.at(-1), tools.at(-1), ...last]) {
    if (marked !== undefined) (marked as { cache_control?: CacheMark }).cache_control = { type: "ephemeral" };
  }
}
