import type * as vscode from "vscode";
import type { CallParts } from "../../../../extension/models/lm-call.ts";

class TextPart {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}
class ToolCallPart {
  readonly callId: string;
  readonly name: string;
  readonly input: object;
  constructor(callId: string, name: string, input: object) {
    this.callId = callId;
    this.name = name;
    this.input = input;
  }
}
class ToolResultPart {
  readonly callId: string;
  readonly content: unknown[];
  constructor(callId: string, content: unknown[]) {
    this.callId = callId;
    this.content = content;
  }
}
class Source {
  private readonly listeners = new Set<() => void>();
  readonly token = {
    isCancellationRequested: false,
    onCancellationRequested: (listener: () => void) => {
      this.listeners.add(listener);
      return { dispose: () => void this.listeners.delete(listener) };
    },
  };
  cancel(): void {
    this.token.isCancellationRequested = true;
    for (const listener of this.listeners) listener();
  }
  dispose(): void {}
}

/** Stand-ins for the editor's classes, of the same shape. */
export const parts = {
  LanguageModelChatMessage: {
    User: (content: unknown) => ({ role: "user", content }),
    Assistant: (content: unknown) => ({ role: "assistant", content }),
  },
  LanguageModelTextPart: TextPart,
  LanguageModelToolCallPart: ToolCallPart,
  LanguageModelToolResultPart: ToolResultPart,
  CancellationTokenSource: Source,
} as unknown as CallParts;

export const text = (value: string): unknown => new TextPart(value);
export const toolCall = (callId: string, name: string, input: object): unknown =>
  new ToolCallPart(callId, name, input);

export interface FakeModel extends vscode.LanguageModelChat {
  readonly asked: { messages: unknown[]; options: vscode.LanguageModelChatRequestOptions }[];
}

/** A model of the editor that answers with these parts; a function among them is carried out in its place. */
export function fakeModel(given: {
  stream: readonly unknown[];
  count?: (text: string) => number;
  more?: Partial<vscode.LanguageModelChat>;
}): FakeModel {
  const asked: FakeModel["asked"] = [];
  return {
    ...{ id: "m-1", name: "Model One", vendor: "v", family: "f", version: "1", maxInputTokens: 1_000 },
    asked,
    sendRequest: async (
      messages: unknown[],
      options: vscode.LanguageModelChatRequestOptions,
      token: unknown,
    ) => {
      asked.push({ messages, options });
      return {
        stream: (async function* () {
          for (const part of given.stream) yield typeof part === "function" ? await part(token) : part;
        })(),
      };
    },
    countTokens: async (content: string) => {
      if (given.count === undefined) throw new Error("it cannot count");
      return given.count(content);
    },
    ...given.more,
  } as unknown as FakeModel;
}
