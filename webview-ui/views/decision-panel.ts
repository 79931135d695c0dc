import { fill } from "../../agent-host/protocol/display.ts";
import type { ReviewView } from "../../agent-host/protocol/review-view.ts";
import { visible, visibleLines } from "../../agent-host/protocol/visible.ts";
import { type Child, type Description, element } from "../dom.ts";
import { button, icon, iconButton } from "../icons.ts";
import { hindrances, short } from "../review-model.ts";
import { type Answer, approveOnce, rejectOnce, sendBack, wordsToSend } from "../review-state.ts";
import type { ReviewContext } from "./review-page.ts";

/** Who decides, what has to be ticked, the answers, and exactly what an answer signs. */
export function decisionPanel(context: ReviewContext, review: ReviewView): Description {
  const { words } = context.language;
  const { stage } = context.state;
  const isOver = stage.kind === "decided" || stage.kind === "gone";
  return element(
    "aside.panel",
    { key: "decision", attributes: { "data-part": "decision", "aria-label": words.decisionTitle } },
    element("div.who", { key: "who" }, element("h2", {}, words.decisionTitle), signer(review, context)),
    isOver ? outcome(context) : form(context, review),
    isOver ? null : signs(context, review),
  );
}

function signer({ signer, about }: ReviewView, { language }: ReviewContext): Child[] {
  const { words } = language;
  const { approvers } = about.subject;
  const may = element("p.muted", { key: "may" }, fill(words.mayDecide, approvers.join(", ")));
  if (signer.kind === "may") {
    return [element("p", { key: "as" }, fill(words.asSigner, signer.identity, signer.role)), may];
  }
  return [
    element("p.warning", { key: "mayNot" }, icon("key"), `${words.mayNot} ${signer.reason}`),
    signer.hint === null ? "" : element("p", { key: "hint" }, signer.hint),
    may,
  ];
}

function form(context: ReviewContext, review: ReviewView): Description {
  const { about } = review;
  return element(
    "div.form",
    { key: "form" },
    about.kind === "gate" && about.subject.protectedFiles.length > 0
      ? ticks(context, about.subject.protectedFiles)
      : null,
    comment(context, about.kind === "gate"),
    about.kind === "gate" ? returnTo(context, about.phases) : null,
    about.kind === "gate" ? commentsToSend(context) : null,
    about.kind === "gate" ? gateAnswers(context) : approvalAnswers(context, about.subject.pattern !== null),
    problem(context),
  );
}

function ticks({ state, language, change }: ReviewContext, files: readonly string[]): Description {
  const { words } = language;
  return element(
    "fieldset",
    { key: "ticks" },
    element("legend", {}, words.protectedTitle),
    files.map((file) =>
      element(
        "label",
        { key: file },
        element("input", {
          attributes: { type: "checkbox", checked: state.ticks.has(file) },
          on: {
            change: (event) => {
              const next = new Set(state.ticks);
              if ((event.target as HTMLInputElement).checked) next.add(file);
              else next.delete(file);
              change({ ticks: next });
            },
          },
        }),
        element("span", {}, fill(words.iRead, visible(file))),
      ),
    ),
  );
}

function comment({ state, language, change }: ReviewContext, isGate: boolean): Description {
  const { words } = language;
  return element(
    "div.comment",
    { key: "comment" },
    element(
      "label",
      { attributes: { for: "comment" } },
      `${words.commentLabel} `,
      isGate ? element("span.muted", {}, words.commentNeeded) : null,
    ),
    element("textarea", {
      attributes: { id: "comment", rows: 3, maxlength: 8_000, value: state.comment },
      on: { input: (event) => change({ comment: (event.target as HTMLTextAreaElement).value }) },
    }),
  );
}

function returnTo({ state, language, change }: ReviewContext, phases: readonly string[]): Description {
  const { words } = language;
  const options = [
    ...phases.map((phase) => element("option", { key: phase, attributes: { value: phase } }, phase)),
    element("option", { key: " end", attributes: { value: "" } }, words.endRun),
  ];
  return element(
    "div.return",
    { key: "return" },
    element("label", { attributes: { for: "return" } }, words.returnLabel),
    element(
      "select",
      {
        attributes: { id: "return", value: state.returnTo ?? "" },
        on: {
          change: (event) => {
            const { value } = event.target as HTMLSelectElement;
            change({
              returnTo:
                value === "" ? null : (phases.find((phase) => phase === value) as typeof state.returnTo),
            });
          },
        },
      },
      ...options,
    ),
  );
}

/** The comments in the change: what goes to the team with "Send back", and what does not fit. */
function commentsToSend({ state, language }: ReviewContext): Description | null {
  const { words } = language;
  const comments = state.marks?.comments ?? [];
  if (comments.length === 0) return null;
  const { text, sent } = wordsToSend(state);
  const left = comments.length - sent;
  return element(
    "details.to-send",
    { key: "to-send", attributes: { open: state.looksAt.isSendBack === true } },
    element("summary", {}, sendBackLabel(comments.length, words)),
    element("p.muted", { key: "hint" }, words.sendBackHint),
    element("pre", { key: "text", attributes: { tabindex: 0 } }, visibleLines(text)),
    left === 0
      ? null
      : element(
          "p.warning",
          { key: "left" },
          icon("warning"),
          fill(words.commentsLeft, left, comments.length),
        ),
  );
}

function sendBackLabel(count: number, words: ReviewContext["language"]["words"]): string {
  return count === 1 ? words.sendBackOne : fill(words.sendBack, count);
}

function gateAnswers(context: ReviewContext): Description {
  const { words } = context.language;
  const count = context.state.marks?.comments.length ?? 0;
  const sends: AnswerButton[] =
    count === 0
      ? []
      : [
          {
            answer: sendBack,
            label: sendBackLabel(count, words),
            icon: "comment-discussion",
            look: "secondary",
          },
        ];
  return answers(context, [
    { answer: approveOnce, label: words.approve, icon: "check", look: "primary" },
    ...sends,
    { answer: rejectOnce, label: words.reject, icon: "close", look: "secondary" },
  ]);
}

function approvalAnswers(context: ReviewContext, hasPattern: boolean): Description {
  const { words } = context.language;
  const wider: AnswerButton[] = hasPattern
    ? [
        {
          answer: { answer: "approve", extent: "run" },
          label: words.allowRun,
          icon: "check-all",
          look: "secondary",
        },
        {
          answer: { answer: "approve", extent: "always" },
          label: words.allowAlways,
          icon: "pass",
          look: "secondary",
        },
      ]
    : [];
  return answers(context, [
    { answer: approveOnce, label: words.allowOnce, icon: "check", look: "primary" },
    ...wider,
    { answer: rejectOnce, label: words.deny, icon: "close", look: "secondary" },
  ]);
}

interface AnswerButton {
  readonly answer: Answer;
  readonly label: string;
  readonly icon: string;
  readonly look: "primary" | "secondary";
}

/** Each answer with what is in its way. Looking at one shows what it would sign. */
function answers(context: ReviewContext, buttons: readonly AnswerButton[]): Description {
  const { state, language, answer, change } = context;
  const { words } = language;
  const reasons = new Set<string>();
  const drawn = buttons.map((each) => {
    const against = hindrances(state, each.answer, words);
    for (const reason of against) if (reason !== "") reasons.add(reason);
    const look = (): void => {
      if (isSameAnswer(state.looksAt, each.answer)) return;
      change({ looksAt: each.answer });
    };
    return element(
      each.answer.isSendBack === true ? "span.send-back" : "span",
      { key: each.icon, on: { pointerenter: look, focusin: look } },
      button(each.label, () => answer(each.answer), {
        look: each.look,
        icon: each.icon,
        key: each.icon,
        disabled: against.length > 0,
        describedBy: "why",
      }),
    );
  });
  return element(
    "div.answers",
    { key: "answers" },
    element("div.actions", {}, drawn),
    element(
      "div.why",
      { attributes: { id: "why", role: "status" } },
      state.stage.kind === "signing"
        ? element("p", { key: "signing" }, icon("sync"), words.signing)
        : [...reasons].map((reason) => element("p.muted", { key: reason }, reason)),
    ),
  );
}

function isSameAnswer(one: Answer, other: Answer): boolean {
  return one.answer === other.answer && one.extent === other.extent && one.isSendBack === other.isSendBack;
}

function problem({ state, language, change }: ReviewContext): Description | null {
  if (state.problem === null) return null;
  const { message, hint, code } = state.problem;
  return element(
    "div.problem-box",
    { key: "problem", attributes: { role: "alert" } },
    icon("error"),
    element(
      "div.grow",
      {},
      element("p.strong", {}, message),
      hint === null ? null : element("p", {}, hint),
      code === null ? null : element("p.code", {}, code),
    ),
    iconButton("close", language.teamWords.dismiss, () => change({ problem: null })),
  );
}

function outcome({ state, language, send }: ReviewContext): Description | null {
  const { stage } = state;
  const { words } = language;
  if (stage.kind !== "decided" && stage.kind !== "gone") return null;
  const text = stage.kind === "decided" ? fill(words.decidedEntry, stage.seq) : stage.message;
  return element(
    "div.outcome",
    { key: "outcome", attributes: { role: "status" } },
    element("p.strong", {}, icon(stage.kind === "decided" ? "verified" : "info"), text),
    stage.more === 0
      ? element("p.muted", { key: "none" }, words.nothingMore)
      : button(fill(words.nextWaiting, stage.more), () => send({ kind: "next" }), {
          look: "primary",
          icon: "arrow-right",
          key: "next",
        }),
  );
}

function signs({ state, language }: ReviewContext, review: ReviewView): Description {
  const { words } = language;
  const { signer, digest } = review;
  return element(
    "div.signs",
    { key: "signs" },
    element("h2", {}, icon("key"), words.signsTitle),
    element(
      "dl",
      {},
      element("dt", {}, words.digestLabel),
      element("dd", { attributes: { title: digest } }, element("code", {}, short(digest))),
      element("dt", {}, words.keyLabel),
      element("dd", {}, element("code", {}, signer.kind === "may" ? signer.keyId : "–")),
    ),
    state.preview === ""
      ? null
      : element(
          "details",
          { key: "text" },
          element("summary", {}, words.signsHint),
          element(
            "pre",
            { attributes: { tabindex: 0 } },
            visible(state.preview.slice(0, state.preview.indexOf("\n"))),
            "\n",
            visible(state.preview.slice(state.preview.indexOf("\n") + 1)),
          ),
        ),
  );
}
