import { agentNames, fill, formatCount } from "../../agent-host/protocol/display.ts";
import type { ToTaskView } from "../../agent-host/protocol/task-view.ts";
import type { TaskWords } from "../../agent-host/protocol/task-words.ts";
import type { TeamWords } from "../../agent-host/protocol/team-words.ts";
import { Announcer } from "../announcer.ts";
import { render } from "../dom.ts";
import { button } from "../icons.ts";
import { LiveText } from "./live-text.ts";
import { messageRow, spokenMessage } from "./message-rows.ts";
import type { TaskBridge } from "./task-bridge.ts";
import { TaskLog } from "./task-log.ts";
import { type PartsContext, steerBox, taskHeader } from "./task-parts.ts";
import { emptyTaskState, missingPages, reduceTask, type TaskViewState } from "./task-state.ts";

export interface TaskSpeech {
  readonly words: TaskWords;
  readonly teamWords: TeamWords;
  readonly locale: string;
}

const tickMs = 1_000;
const copiedMs = 1_500;

/** Owns the state of the task page and draws it: text under way at once, everything else once a frame. */
export class TaskPage {
  private state: TaskViewState = emptyTaskState;
  private frame: number | null = null;
  /** Messages that the reader has had in sight, or could have had. */
  private seen = 0;
  private readonly asked = new Set<number>();
  private readonly speech: TaskSpeech;
  private bridge: TaskBridge | null = null;
  private readonly header = part("header", "header");
  private readonly frameOfLog = part("section", "conversation");
  private readonly scroller = part("div", "log");
  private readonly jump = part("div", "jump");
  private readonly steer = part("footer", "steer");
  private readonly spoken = part("div", "hidden");
  private readonly log: TaskLog;
  private live: LiveText | null = null;
  private readonly tail = part("div", "tail");
  private readonly announcer = new Announcer(
    ({ text }) => {
      this.spoken.textContent = text;
    },
    { nowMs: () => performance.now(), later: (act, ms) => window.setTimeout(act, ms) },
  );

  constructor(root: HTMLElement, speech: TaskSpeech) {
    this.speech = speech;
    this.log = new TaskLog(this.scroller, this.tail);
    // A log that is read aloud as a whole would speak each row that scrolls into sight, and every word that streams.
    this.set(this.scroller, {
      role: "log",
      "aria-live": "off",
      tabindex: "0",
      "aria-label": speech.words.conversation,
    });
    this.set(this.spoken, { role: "status", "aria-live": "polite" });
    for (const [element, name] of [
      [this.header, "header"],
      [this.frameOfLog, "conversation"],
      [this.steer, "steer"],
    ] as const)
      element.dataset.part = name;
    this.frameOfLog.append(this.scroller, this.jump);
    root.replaceChildren(this.header, this.frameOfLog, this.steer, this.spoken);
  }

  begin(bridge: TaskBridge): void {
    this.bridge = bridge;
    this.state = { ...this.state, draft: bridge.draft };
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    new ResizeObserver(() => this.schedule()).observe(this.scroller);
    window.setInterval(() => {
      if (document.visibilityState === "visible" && this.state.task?.status === "working") this.schedule();
    }, tickMs);
    this.draw();
    performance.mark("task.asked");
    bridge.send({ kind: "ready" });
  }

  receive(message: ToTaskView): void {
    if (message.kind === "text") {
      const isFirst = this.live?.isEmpty !== false;
      this.liveText()?.append(message);
      this.log.follow();
      // The rest of the page stays as it is.
      if (isFirst) this.schedule();
      return;
    }
    const before = this.state;
    this.state = reduceTask(before, message);
    if (message.kind === "messages") this.tookMessages(before, message);
    if (message.kind === "problem") this.asked.clear();
    // The first words are drawn at once: a frame more or less is what a person waits for.
    if (message.kind !== "messages" || before.total !== null) {
      this.schedule();
      return;
    }
    this.draw();
    performance.mark("task.drawn");
  }

  private tookMessages(before: TaskViewState, message: Extract<ToTaskView, { kind: "messages" }>): void {
    this.live?.settle(message.settled);
    for (const each of message.messages) this.asked.delete((Math.floor(each.index / 100) + 1) * 100);
    this.asked.delete(message.total);
    const { task } = this.state;
    if (before.total === null || task === null) return;
    const fresh = message.messages.filter(({ index }) => index >= (before.total ?? 0));
    for (const each of fresh) this.announce(spokenMessage(each, task, this.speech.words));
  }

  private announce(text: string): void {
    if (text !== "") this.announcer.announce({ text, assertive: false });
  }

  private liveText(): LiveText | null {
    const { task } = this.state;
    if (this.live !== null || task === null) return this.live;
    const { words } = this.speech;
    const live = new LiveText({
      agent: `${agentNames[task.agentType]} · ${words.writing}`,
      output: words.commandOutput,
      leftOut: words.earlierLeftOut,
    });
    this.live = live;
    this.tail.before(live.element);
    return live;
  }

  private change(part: Partial<TaskViewState>): void {
    this.state = { ...this.state, ...part };
    if (part.draft !== undefined) this.bridge?.keepDraft(part.draft);
    this.schedule();
  }

  private toggle(key: string): void {
    const open = new Set(this.state.open);
    if (!open.delete(key)) open.add(key);
    this.log.holdStill();
    this.change({ open });
    if (open.has(key)) requestAnimationFrame(() => this.log.reveal(key));
  }

  private copy(index: number, text: string): void {
    this.bridge?.send({ kind: "copy", text: text.slice(0, 1_900_000) });
    this.change({ copied: index });
    window.setTimeout(() => {
      if (this.state.copied === index) this.change({ copied: null });
    }, copiedMs);
  }

  private scrolled(): void {
    this.log.scrolled();
    this.schedule();
  }

  private schedule(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  private draw(): void {
    const { words } = this.speech;
    const active = document.activeElement;
    const context = this.partsContext();
    render(this.header, taskHeader(context));
    render(this.steer, steerBox(context));
    this.drawLog();
    render(this.tail, this.tailText());
    this.log.follow();
    const below = this.newBelow();
    const label =
      below === 0 ? words.toNewest : fill(words.newMessages, formatCount(below, this.speech.locale));
    render(
      this.jump,
      this.log.isFollowing ? [] : [button(label, () => this.toEnd(), { icon: "arrow-down", key: "newest" })],
    );
    // A row with the focus scrolled out of the page, or the button to the end did its work.
    if (active !== null && active !== document.body && !active.isConnected) {
      this.scroller.focus({ preventScroll: true });
    }
  }

  private drawLog(): void {
    const { task, total, messages, open, copied } = this.state;
    if (task === null || total === null) return;
    const { words, locale } = this.speech;
    const context = {
      state: { messages, open, copied },
      ...{ task, total, words, locale },
      toggle: (key: string) => this.toggle(key),
      copy: (index: number, text: string) => this.copy(index, text),
    };
    this.log.draw({ total, row: (index) => messageRow(index, context) });
    for (const before of missingPages(this.state, this.log.range)) {
      if (this.asked.has(before)) continue;
      this.asked.add(before);
      this.bridge?.send({ kind: "page", before });
    }
  }

  private tailText(): string[] {
    const { total, task } = this.state;
    if (total !== 0 || task === null || this.live?.isEmpty === false) return [];
    const isOver = task.status !== "planned" && task.status !== "working" && task.status !== "paused";
    return [isOver ? this.speech.words.noModelTask : this.speech.words.noMessages];
  }

  /** Messages that came since the reader left the end. */
  private newBelow(): number {
    const total = this.state.total ?? 0;
    if (this.log.isFollowing) this.seen = total;
    return Math.max(0, total - this.seen);
  }

  private toEnd(): void {
    this.log.toEnd();
    this.schedule();
  }

  private partsContext(): PartsContext {
    const { words, teamWords } = this.speech;
    return {
      state: this.state,
      ...{ words, teamWords, nowMs: Date.now() },
      send: (message) => this.bridge?.send(message),
      change: (part) => this.change(part),
    };
  }

  private set(element: HTMLElement, attributes: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  }
}

function part(tag: string, className: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}
