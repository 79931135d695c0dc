import {
  type AssistantMessage,
  type Message,
  sharedParts,
  type ToolResult,
} from "../../protocol/conversation.ts";
import {
  type AssistantParam,
  isRecord,
  isSentBlock,
  type MessageParam,
  type SentBlock,
  type TextParam,
  type ToolResultParam,
  type UserParam,
  wellFormed,
} from "./api-blocks.ts";
import { ToolIds } from "./tool-ids.ts";

/**
 * A conversation as the Messages API takes it: begins with the user, roles alternate, no text is blank, each call has
 * its result in the very next message and before any text. What does not fit is made to fit, as a conversation may
 * have been shortened, steered, or begun with another model: a call without a result gets one that says so, a result
 * without its call is told as text.
 *
 * Content that `model` itself sent goes back unchanged, as signed thinking must; what another model said goes as its
 * text and its calls. Where a request declares no tools, calls and their results are told as text.
 */
export function conversationParams(
  messages: readonly Message[],
  { model, hasTools }: Reader,
): MessageParam[] {
  const writer = new ConversationWriter(model);
  for (const message of hasTools ? messages : messages.map(withoutCalls)) {
    if (message.role === "user") writer.user(message.text);
    else if (message.role === "tool") writer.results(message.results);
    else writer.assistant(message);
  }
  return writer.finish();
}

export interface Reader {
  /** Name of the model that is asked. */
  readonly model: string;
  readonly hasTools: boolean;
}

const notCarriedOut = "No result: this call was not carried out";

class ConversationWriter {
  private readonly params: MessageParam[] = [];
  private readonly ids = new ToolIds();
  private readonly model: string;
  /** Calls of the last answer that wait for a result: id in the conversation → id as it is sent. */
  private open = new Map<string, string>();
  private endsWithPause = false;

  constructor(model: string) {
    this.model = model;
  }

  user(text: string): void {
    // In two blocks, so that what tasks share can be marked for the endpoint's cache.
    const parts = this.params.length === 0 ? sharedParts(text) : [text];
    for (const part of parts) {
      const block = textParam(part);
      if (block !== null) this.lastUser().content.push(block);
    }
  }

  results(results: readonly ToolResult[]): void {
    for (const result of results) {
      const id = this.open.get(result.toolCallId);
      if (id === undefined) {
        this.user(`Result of an earlier call:\n${result.text}`);
        continue;
      }
      this.open.delete(result.toolCallId);
      this.addResult(id, result);
    }
  }

  assistant(message: AssistantMessage): void {
    const content = this.contentOf(message);
    if (content.length === 0) return;
    this.closeCalls();
    const last = this.params.at(-1);
    if (last === undefined) this.params.push({ role: "user", content: [plain("Go on.")] });
    if (last?.role === "assistant") last.content.push(...content);
    else this.params.push({ role: "assistant", content });
    this.open = new Map(message.toolCalls.map(({ id }) => [id, this.ids.sentAs(id)]));
    this.endsWithPause = message.stop === "pause";
  }

  finish(): MessageParam[] {
    this.closeCalls();
    // An answer that was begun for the model is refused by newer ones, except where the endpoint asked for it.
    const isAnswer = this.params.at(-1)?.role === "assistant";
    if (this.params.length === 0 || (isAnswer && !this.endsWithPause)) {
      this.params.push({ role: "user", content: [plain("Go on.")] });
    }
    return this.params;
  }

  private contentOf(message: AssistantMessage): AssistantParam["content"] {
    const own = this.ownBlocks(message);
    if (own !== null) {
      for (const { id } of message.toolCalls) this.ids.keep(id);
      return own;
    }
    const text = textParam(message.text);
    const calls = message.toolCalls.map(({ id, name, input }) => ({
      type: "tool_use" as const,
      id: this.ids.add(id),
      name: validName(name),
      input: isRecord(input) ? input : {},
    }));
    return text === null ? calls : [text, ...calls];
  }

  // Only as a whole and with the very calls that the conversation knows of; else a call would lack its result.
  private ownBlocks({ model, blocks = [], toolCalls }: AssistantMessage): SentBlock[] | null {
    if (model !== this.model || blocks.length === 0 || !blocks.every(isSentBlock)) return null;
    const ids = blocks.filter(({ type }) => type === "tool_use").map(({ id }) => id);
    const areSame = ids.length === toolCalls.length && toolCalls.every(({ id }, at) => id === ids[at]);
    return areSame && toolCalls.every(({ id }) => this.ids.isFree(id))
      ? blocks.map((block) => ({ ...block }))
      : null;
  }

  private addResult(id: string, { text, isError }: Omit<ToolResult, "toolCallId">): void {
    const { content } = this.lastUser();
    const block: ToolResultParam = {
      type: "tool_result",
      tool_use_id: id,
      content: text.trim() === "" ? "(no output)" : wellFormed(text),
      ...(isError ? { is_error: true } : {}),
    };
    const firstText = content.findIndex(({ type }) => type === "text");
    if (firstText === -1) content.push(block);
    else content.splice(firstText, 0, block);
  }

  private closeCalls(): void {
    for (const id of this.open.values()) this.addResult(id, { text: notCarriedOut, isError: true });
    this.open.clear();
  }

  private lastUser(): UserParam {
    const last = this.params.at(-1);
    if (last?.role === "user") return last;
    const added: UserParam = { role: "user", content: [] };
    this.params.push(added);
    return added;
  }
}

function withoutCalls(message: Message): Message {
  if (message.role === "user") return message;
  if (message.role === "tool") {
    const told = message.results.map(({ text }) => `Result of a call:\n${text}`);
    return { role: "user", text: told.join("\n\n") };
  }
  const calls = message.toolCalls.map(({ name, input }) => `Called ${name} with ${JSON.stringify(input)}`);
  const text = [message.text, ...calls].filter((part) => part.trim() !== "").join("\n");
  return { role: "assistant", text, toolCalls: [], stop: message.stop };
}

function textParam(text: string): TextParam | null {
  return text.trim() === "" ? null : plain(wellFormed(text));
}

function plain(text: string): TextParam {
  return { type: "text", text };
}

// Names of tools that another model made up may hold anything.
function validName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "unknown";
}
