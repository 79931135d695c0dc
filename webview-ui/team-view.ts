import type { Phase, Profile } from "../agent-host/protocol/phase.ts";
import type { ToTeamView } from "../agent-host/protocol/webview.ts";
import { announcementOf } from "./announcements.ts";
import { Announcer } from "./announcer.ts";
import type { Bridge } from "./bridge.ts";
import { type Child, element, render } from "./dom.ts";
import { Following } from "./following.ts";
import { emptyLocalState, type LocalState, restoredFrom, savedForm } from "./local-state.ts";
import { emptyTeamState, reduceTeam, refOf, type TeamState } from "./team-state.ts";
import { blockCount, timelineOf, timelineOptions } from "./timeline-model.ts";
import { profileOf } from "./views/composer.ts";
import { type PageContext, teamPage } from "./views/page.ts";
import type { Language } from "./words.ts";

/** Owns the state of the page and draws it: one update per animation frame, ticks once a second. */
export class TeamView {
  private state: TeamState = emptyTeamState;
  private local: LocalState = emptyLocalState;
  /** The goal of a run that was asked for and has not appeared yet. */
  private starting: string | null = null;
  private cancelling = false;
  private spoken = { polite: "", assertive: "" };
  private frame: number | null = null;
  private bridge: Bridge | undefined;
  private following = new Following(null);
  private readonly root: HTMLElement;
  private readonly speech: Omit<Language, "nowMs">;
  private readonly announcer = new Announcer(
    ({ text, assertive }) => {
      this.spoken = { ...this.spoken, [assertive ? "assertive" : "polite"]: text };
      this.schedule();
    },
    { nowMs: () => performance.now(), later: (act, ms) => window.setTimeout(act, ms) },
  );

  constructor(root: HTMLElement, speech: Omit<Language, "nowMs">) {
    this.root = root;
    this.speech = speech;
  }

  begin(bridge: Bridge): void {
    this.bridge = bridge;
    this.local = restoredFrom(bridge.saved());
    this.following = new Following(this.local.anchor);
    this.root.addEventListener("scroll", (event) => this.onScroll(event), { capture: true, passive: true });
    window.setInterval(() => this.tick(), 1_000);
    this.draw();
    bridge.send({ kind: "ready", shown: this.local.shown });
  }

  receive(message: ToTeamView): void {
    if (message.kind === "shown" && message.unasked && this.isComposing()) {
      this.bridge?.send({ kind: "showRun", run: null });
      return;
    }
    const before = this.state;
    this.state = reduceTeam(before, message);
    if (before.shown?.run.runId !== this.state.shown?.run.runId) this.showOther();
    if (this.state.problem !== null) this.starting = null;
    if (this.state.shown?.run.finishedAt != null || this.state.problem !== null) this.cancelling = false;
    const announcement = announcementOf(before, this.state, this.language());
    if (announcement !== null) this.announcer.announce(announcement);
    this.schedule();
    if (message.kind === "focusComposer") this.focusComposer();
  }

  private showOther(): void {
    const { shown } = this.state;
    // The goal is on its way to being a run: only now is the draft done with.
    if (this.starting !== null && this.local.draft.trim() === this.starting) this.change({ draft: "" });
    this.starting = null;
    this.cancelling = false;
    const ref = shown === null ? null : refOf(shown);
    if (this.local.shown?.runId === ref?.runId) return;
    this.following.reset();
    this.change({ shown: ref, chosen: new Map(), anchor: null });
  }

  private change(part: Partial<LocalState>): void {
    this.local = { ...this.local, ...part };
    this.bridge?.save(savedForm(this.local));
    this.schedule();
  }

  private schedule(): void {
    if (this.frame !== null) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  private tick(): void {
    // Only what is in sight and still runs needs the seconds.
    const isRunning = [...this.state.runs.values()].some(
      ({ run }) => run.status === "running" || run.status === "waiting",
    );
    if (isRunning && document.visibilityState === "visible") this.schedule();
  }

  private draw(): void {
    const active = document.activeElement;
    const context = this.context();
    render(this.root, [...teamPage(context), ...this.liveRegions()]);
    const follow = !document.body.classList.contains("vscode-using-screen-reader");
    this.following.apply(this.scroller(), { follow });
    // What had the focus is gone: keep the keyboard in the page, at its first part.
    const lost = active !== null && active !== document.body && !active.isConnected;
    if (lost) this.root.querySelector<HTMLElement>("[data-part] button")?.focus();
  }

  private liveRegions(): Child[] {
    const { polite, assertive } = this.spoken;
    return [
      element("div.hidden", { key: "polite", attributes: { role: "status", "aria-live": "polite" } }, polite),
      element("div.hidden", { key: "assertive", attributes: { role: "alert" } }, assertive),
    ];
  }

  private context(): PageContext {
    return {
      state: this.state,
      local: this.local,
      language: this.language(),
      starting: this.starting !== null,
      cancelling: this.cancelling,
      newBelow: this.following.newBelow(this.blocks()),
      send: (message) => {
        if (message.kind === "cancelRun") this.cancelling = true;
        this.bridge?.send(message);
        this.schedule();
      },
      change: (part) => this.change(part),
      start: (goal, profile) => this.start(goal, profile),
      togglePhase: (phase, open) => this.togglePhase(phase, open),
      toEnd: () => {
        this.following.toEnd(this.scroller());
        this.change({ anchor: null });
      },
      dismissProblem: () => this.receive({ kind: "problem", problem: null }),
    };
  }

  private start(goal: string, wanted?: Profile): void {
    const chosen = this.state.folders.find((folder) => folder.workspaceId === this.local.folder);
    const folder = chosen ?? this.state.folders[0];
    if (folder === undefined) return;
    this.starting = goal.trim();
    const profile = wanted ?? profileOf({ state: this.state, local: this.local });
    this.schedule();
    this.bridge?.send({ kind: "startRun", workspaceId: folder.workspaceId, goal: goal.trim(), profile });
  }

  private togglePhase(phase: Phase, open: boolean): void {
    this.following.hold();
    this.change({ chosen: new Map(this.local.chosen).set(phase, open) });
  }

  private onScroll(event: Event): void {
    const scroller = this.scroller();
    if (scroller === null || event.target !== scroller) return;
    const anchor = this.following.scrolled(scroller);
    if (anchor !== this.local.anchor) this.change({ anchor });
  }

  private isComposing(): boolean {
    return this.starting === null && this.state.shown === null && this.local.draft.trim() !== "";
  }

  private focusComposer(): void {
    requestAnimationFrame(() => this.root.querySelector<HTMLElement>("#goal")?.focus());
  }

  private blocks(): number {
    const { shown } = this.state;
    if (shown === null) return 0;
    return blockCount(timelineOf(shown.run, timelineOptions(this.state, this.local), this.language()));
  }

  private scroller(): HTMLElement | null {
    return this.root.querySelector<HTMLElement>("#scroller");
  }

  private language(): Language {
    return { ...this.speech, nowMs: Date.now() };
  }
}
