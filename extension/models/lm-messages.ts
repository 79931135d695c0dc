import type * as vscode from "vscode";
import type { AssistantMessage, ToolMessage, UserMessage } from "../../agent-host/protocol/conversation.ts";
import type { OfferedRequest } from "../../agent-host/protocol/offered-model.ts";

/** The editor's classes that messages are made of; a parameter, so that this runs without an editor. */
export type MessageParts = Pick<
  typeof vscode,
  | "LanguageModelChatMessage"
  | "LanguageModelTextPart"
  | "LanguageModelToolCallPart"
  | "LanguageModelToolResultPart"
>;

/** A conversation as the editor's models take it: they have no system role, so the prompt comes as its first words. */
export function editorMessages(
  { system, messages }: Pick<OfferedRequest, "system" | "messages">,
  parts: MessageParts,
): vscode.LanguageModelChatMessage[] {
  const said = messages.flatMap((message) => editorMessage(message, parts) ?? []);
  return system === "" ? said : [parts.LanguageModelChatMessage.User(system), ...said];
}

/** The tools of a call. */
export function editorTools({ tools }: Pick<OfferedRequest, "tools">): vscode.LanguageModelChatTool[] {
  return tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
}

/** The words of a request and no more, for counting. */
export function requestText({ system, messages, tools }: OfferedRequest): string {
  return [system, ...messages.map((message) => JSON.stringify(wordsOf(message))), JSON.stringify(tools)].join(
    "\n",
  );
}

type Message = UserMessage | AssistantMessage | ToolMessage;

/** null for an answer without a word or a call: no model takes an empty message. */
function editorMessage(message: Message, parts: MessageParts): vscode.LanguageModelChatMessage | null {
  const { LanguageModelChatMessage, LanguageModelTextPart } = parts;
  if (message.role === "user") return LanguageModelChatMessage.User(message.text);
  if (message.role === "tool") return LanguageModelChatMessage.User(resultParts(message, parts));
  const text = message.text === "" ? [] : [new LanguageModelTextPart(message.text)];
  const calls = message.toolCalls.map(
    ({ id, name, input }) => new parts.LanguageModelToolCallPart(id, name, objectOf(input)),
  );
  return text.length + calls.length === 0 ? null : LanguageModelChatMessage.Assistant([...text, ...calls]);
}

function resultParts(
  { results }: ToolMessage,
  { LanguageModelTextPart, LanguageModelToolResultPart }: MessageParts,
): vscode.LanguageModelToolResultPart[] {
  return results.map(({ toolCallId, text, isError }) => {
    // A result has no mark for errors here.
    const words = isError ? `Error: ${text}` : text;
    return new LanguageModelToolResultPart(toolCallId, [new LanguageModelTextPart(words)]);
  });
}

function wordsOf(message: Message): unknown {
  if (message.role === "tool") return message.results.map(({ text }) => text);
  return message.role === "user" ? message.text : [message.text, message.toolCalls];
}

function objectOf(input: unknown): object {
  return typeof input === "object" && input !== null ? input : { input };
}
