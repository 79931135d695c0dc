import type * as vscode from "vscode";
import type { ToolCall } from "../../agent-host/protocol/conversation.ts";
import type { OfferedAnswer, OfferedModel, OfferedRequest } from "../../agent-host/protocol/offered-model.ts";
import { modelProblem } from "./lm-errors.ts";
import { editorMessages, editorTools, type MessageParts, requestText } from "./lm-messages.ts";

export type CallParts = MessageParts & Pick<typeof vscode, "CancellationTokenSource">;

export interface LmCall {
  readonly model: vscode.LanguageModelChat;
  readonly request: OfferedRequest;
  /** Shown where the editor asks the person whether we may use the model. */
  readonly justification: string;
  onText(text: string): void;
}

/**
 * Asks a model of the editor once. What goes wrong with it is an answer too.
 *
 * @throws the signal's reason when it aborts.
 */
export async function callModel(call: LmCall, parts: CallParts, signal: AbortSignal): Promise<OfferedAnswer> {
  signal.throwIfAborted();
  const source = new parts.CancellationTokenSource();
  const onAbort = (): void => source.cancel();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await answer(call, parts, source.token);
  } catch (error) {
    signal.throwIfAborted();
    return modelProblem(error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    source.dispose();
  }
}

/** What a window can offer; a model without a usable name or size is none. */
export function offerOf(models: readonly vscode.LanguageModelChat[]): OfferedModel[] {
  return models
    .filter(({ id, maxInputTokens }) => id !== "" && id.length <= 200 && maxInputTokens >= 1)
    .slice(0, maxOffered)
    .map(({ id, vendor, family, name, maxInputTokens }) => ({
      id,
      vendor: vendor.slice(0, 100),
      family: family.slice(0, 100),
      name: name.slice(0, 200),
      maxInputTokens: Math.floor(maxInputTokens),
    }));
}

const maxOffered = 200;

async function answer(
  { model, request, justification, onText }: LmCall,
  parts: CallParts,
  token: vscode.CancellationToken,
): Promise<OfferedAnswer> {
  const tools = editorTools(request);
  const options = { justification, ...(tools.length === 0 ? {} : { tools }) };
  const response = await model.sendRequest(editorMessages(request, parts), options, token);
  let text = "";
  const toolCalls: ToolCall[] = [];
  for await (const part of response.stream) {
    if (part instanceof parts.LanguageModelTextPart) {
      text += part.value;
      onText(part.value);
    } else if (part instanceof parts.LanguageModelToolCallPart) {
      toolCalls.push({ id: part.callId, name: part.name, input: part.input });
    }
    // Parts of kinds that come with later editors say nothing that we could carry out.
  }
  const stop = toolCalls.length > 0 ? "toolUse" : "endTurn";
  const said = toolCalls.length === 0 ? text : text + JSON.stringify(toolCalls);
  const [inputTokens, outputTokens] = await Promise.all([
    countOf(model, requestText(request), token),
    countOf(model, said, token),
  ]);
  return { message: { role: "assistant", text, toolCalls, stop }, inputTokens, outputTokens };
}

/** null: the model cannot count. Its answer is good all the same. */
async function countOf(
  model: vscode.LanguageModelChat,
  text: string,
  token: vscode.CancellationToken,
): Promise<number | null> {
  try {
    const count = await model.countTokens(text, token);
    return Number.isFinite(count) && count >= 0 ? Math.ceil(count) : null;
  } catch {
    // Said where it is asked for: the run then estimates.
    return null;
  }
}
