import {
  agentIcons,
  agentNames,
  fill,
  formatCount,
  formatTime,
  formatTokens,
} from "../../agent-host/protocol/display.ts";
import type { TaskHeader, TaskMessage } from "../../agent-host/protocol/task-view.ts";
import type { TaskWords } from "../../agent-host/protocol/task-words.ts";
import { visible, visibleLines } from "../../agent-host/protocol/visible.ts";
import { type Child, type Description, element } from "../dom.ts";
import { icon } from "../icons.ts";
import { callLine } from "./call-line.ts";
import type { TaskViewState } from "./task-state.ts";

/** What a row of the log needs. */
export interface RowContext {
  readonly state: Pick<TaskViewState, "messages" | "open" | "copied">;
  readonly task: TaskHeader;
  readonly total: number;
  readonly words: TaskWords;
  readonly locale: string;
  toggle(key: string): void;
  copy(index: number, text: string): void;
}

/** The row at `index`; null where the message shows elsewhere: a result stands in the row of its call. Pure. */
export function messageRow(index: number, context: RowContext): Description | null {
  const message = context.state.messages.get(index);
  if (message === undefined)
    return row(index, "missing", context, element("p.muted", {}, context.words.loadingMessages));
  if (message.role === "user") return row(index, "said", context, ...saidParts(message, context));
  if (message.role === "assistant") return row(index, "answer", context, ...answerParts(message, context));
  return isInItsCall(message, context) ? null : row(index, "result", context, loneResult(message, context));
}

/** What a screen reader is told of a finished message; "" for what needs no telling. Pure. */
export function spokenMessage(message: TaskMessage, task: TaskHeader, words: TaskWords): string {
  if (message.role !== "assistant") return "";
  const agent = agentNames[task.agentType];
  if (message.isError === true) return fill(words.taskIs, agent, fill(words.callFailed, message.text));
  const text = visible(message.text.slice(0, 300));
  return text === "" ? "" : fill(words.saidBy, agent, text);
}

function row(index: number, look: string, { total }: RowContext, ...parts: (Child | null)[]): Description {
  return element(
    `article.message.${look}`,
    {
      key: String(index),
      attributes: { "data-index": index, "aria-posinset": index + 1, "aria-setsize": total },
    },
    ...parts,
  );
}

function saidParts(message: TaskMessage, context: RowContext): (Child | null)[] {
  const { words } = context;
  const name = message.index === 0 ? words.instruction : words.toAgent;
  return [
    attemptLine(message, context),
    headLine({ message, context, icon: "account", name, facts: [] }),
    textBlock(message.text),
    message.context === ""
      ? null
      : foldable({ key: `${message.index}/context`, context, head: [element("span", {}, words.context)] }, [
          codeBlock(message.context),
        ]),
  ];
}

function answerParts(message: TaskMessage, context: RowContext): (Child | null)[] {
  const { task, words } = context;
  const facts = [message.model ?? "", usageText(message, context)];
  const head = headLine({
    message,
    context,
    icon: agentIcons[task.agentType],
    name: agentNames[task.agentType],
    facts,
  });
  if (message.isError === true) {
    const text = fill(words.callFailed, visible(message.text));
    return [head, element("p.failure", {}, icon("error"), element("span", {}, text))];
  }
  return [
    head,
    message.text === "" ? null : textBlock(message.text),
    ...(message.toolCalls ?? []).map((call, at) => callRow(message, { call, at }, context)),
  ];
}

type Call = NonNullable<TaskMessage["toolCalls"]>[number];

function callRow(
  message: TaskMessage,
  { call, at }: { call: Call; at: number },
  context: RowContext,
): Description {
  const { words } = context;
  const { icon: shape, verb, object } = callLine(call, words);
  const result = resultOf(message.index, call.id, context);
  const failed = result?.isError === true;
  const head = [
    icon(failed ? "error" : shape),
    element("span.verb", {}, visible(verb)),
    element("code.object", { attributes: { title: visible(object) } }, visible(object)),
    element("span.right.muted", {}, resultWord(result, context)),
  ];
  return foldable({ key: `${message.index}/${at}`, context, head, look: failed ? "failed" : "" }, [
    element("h3.muted.small", {}, words.callInput),
    codeBlock(call.input),
    ...(result === null ? [] : [element("h3.muted.small", {}, words.callResult), codeBlock(result.text)]),
  ]);
}

function loneResult(message: TaskMessage, context: RowContext): Description {
  const failed = message.isError === true;
  const head = [
    icon(failed ? "error" : "output"),
    element("span.verb", {}, context.words.resultOf),
    element("span.right.muted", {}, resultWord(message, context)),
  ];
  return foldable({ key: `${message.index}/lone`, context, head, look: failed ? "failed" : "" }, [
    codeBlock(message.text),
  ]);
}

/** The results of a message's calls are the tool messages that follow it. */
function resultOf(index: number, callId: string, { state, total }: RowContext): TaskMessage | null {
  for (let at = index + 1; at < total; at += 1) {
    const next = state.messages.get(at);
    if (next?.role !== "tool") return null;
    if (next.toolCallId === callId) return next;
  }
  return null;
}

function isInItsCall({ index, toolCallId }: TaskMessage, { state }: RowContext): boolean {
  for (let at = index - 1; at >= 0; at -= 1) {
    const before = state.messages.get(at);
    if (before?.role === "tool") continue;
    return before?.toolCalls?.some(({ id }) => id === toolCallId) === true;
  }
  return false;
}

function resultWord(result: TaskMessage | null, { words, locale }: RowContext): string {
  if (result === null) return words.noResult;
  if (result.isError === true) return words.resultFailed;
  const lines = result.text === "" ? 0 : result.text.split("\n").length;
  return lines === 1 ? words.oneLine : fill(words.manyLines, formatCount(lines, locale));
}

function attemptLine({ attempt, index }: TaskMessage, { state, words }: RowContext): Description | null {
  const before = state.messages.get(index - 1);
  if (attempt < 2 || before === undefined || before.attempt === attempt) return null;
  return element("p.attempt", {}, fill(words.attemptBegins, attempt));
}

function headLine(given: {
  message: TaskMessage;
  context: RowContext;
  icon: string;
  name: string;
  facts: readonly string[];
}): Description {
  const { message, context, name, facts } = given;
  const { words, locale, state } = context;
  const isCopied = state.copied === message.index;
  return element(
    "div.line.head",
    {},
    icon(given.icon),
    element("h2.strong", {}, name),
    element("span.facts.muted.small", {}, facts.filter((fact) => fact !== "").join(" · ")),
    copyButton(isCopied, words, () => context.copy(message.index, copyText(message))),
    element("span.muted.small", {}, formatTime(message.time, locale)),
  );
}

/** The same element before and after, so that it keeps the focus. */
function copyButton(isCopied: boolean, words: TaskWords, copy: () => void): Description {
  const label = isCopied ? words.copied : words.copyMessage;
  return element(
    "button.icon-button",
    { key: "copy", attributes: { type: "button", title: label, "aria-label": label }, on: { click: copy } },
    icon(isCopied ? "check" : "copy"),
  );
}

function usageText({ usage }: TaskMessage, { words }: RowContext): string {
  if (usage === undefined) return "";
  const { inputTokens, outputTokens, costUsd } = usage;
  const cost = costUsd === null || costUsd === 0 ? "" : costUsd < 0.01 ? "<$0.01" : `$${costUsd.toFixed(2)}`;
  return [
    fill(words.tokensIn, formatTokens(inputTokens)),
    fill(words.tokensOut, formatTokens(outputTokens)),
    cost,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

function copyText({ text, context, toolCalls = [] }: TaskMessage): string {
  const calls = toolCalls.map(({ name, input }) => `${name} ${input}`);
  return [text, context, ...calls].filter((part) => part !== "").join("\n\n");
}

function foldable(
  given: { key: string; context: RowContext; head: readonly Child[]; look?: string },
  body: readonly Child[],
): Description {
  const { key, context, head, look = "" } = given;
  const isOpen = context.state.open.has(key);
  return element(
    look === "" ? "div.call" : `div.call.${look}`,
    { key, attributes: { "data-call": key } },
    element(
      "button.row",
      {
        attributes: { type: "button", "aria-expanded": isOpen ? "true" : "false", "data-row": "call" },
        on: {
          click: () => context.toggle(key),
          keydown: (event) => onArrow(event as KeyboardEvent, isOpen, given),
        },
      },
      icon(isOpen ? "chevron-down" : "chevron-right"),
      ...head,
    ),
    isOpen ? element("div.body", {}, body) : null,
  );
}

function onArrow(
  event: KeyboardEvent,
  isOpen: boolean,
  { key, context }: { key: string; context: RowContext },
): void {
  const opens = event.key === "ArrowRight";
  if (!opens && event.key !== "ArrowLeft") return;
  event.preventDefault();
  if (isOpen !== opens) context.toggle(key);
}

function textBlock(text: string): Description {
  return element("div.text", {}, visibleLines(text));
}

function codeBlock(text: string): Description {
  return element("pre", { attributes: { tabindex: 0 } }, visibleLines(text));
}
