import { describe, expect, it } from "vitest";
import type { FromTeamView, LinkView, ToTeamView } from "../../../agent-host/protocol/webview.ts";
import type { Child, Description } from "../../../webview-ui/dom.ts";
import { rowAfter } from "../../../webview-ui/keyboard.ts";
import { emptyLocalState } from "../../../webview-ui/local-state.ts";
import { type PageContext, teamPage } from "../../../webview-ui/views/page.ts";
import { done, failed, working } from "../../support/run-fixture.ts";
import { language, live, reset, stateAfter } from "./team-fixture.ts";

const lostAt = working.createdAt;

/** The page after some messages: its elements, and what its buttons send. */
function pageAfter(messages: readonly ToTeamView[], more: Partial<PageContext> = {}) {
  const sent: FromTeamView[] = [];
  const context: PageContext = {
    state: stateAfter(...messages),
    local: emptyLocalState,
    language,
    starting: false,
    cancelling: false,
    newBelow: 0,
    send: (message) => sent.push(message),
    change: () => undefined,
    start: () => undefined,
    togglePhase: () => undefined,
    toEnd: () => undefined,
    dismissProblem: () => undefined,
    ...more,
  };
  const all = elementsOf(teamPage(context));
  const named = (name: string): Description | undefined =>
    all.find((each) => each.tag === "button" && (each.attributes["aria-label"] ?? textOf(each)) === name);
  return { all, sent, text: all.length === 0 ? "" : textOf({ children: teamPage(context) }), named };
}

function elementsOf(children: readonly Child[]): Description[] {
  return children.flatMap((child) =>
    typeof child === "string" ? [] : [child, ...elementsOf(child.children)],
  );
}

function textOf({ children }: Pick<Description, "children">): string {
  return children
    .map((child) => (typeof child === "string" ? child : textOf(child)))
    .join(" ")
    .trim();
}

function click(button: Description | undefined): void {
  button?.on.click?.({} as Event);
}

function stoppedPage(run: typeof working) {
  const link: LinkView = {
    kind: "stopped",
    message: "The host ended 3 times",
    hint: "Look at its log",
    lostAt,
  };
  return pageAfter([reset([run], run, link)]);
}

describe("the Team page", () => {
  it("says that it reads while nothing came yet", () => {
    expect(pageAfter([]).text).toBe("Reading the team's journal…");
  });

  it("offers one next step in an empty folder, and says that it needs no model", () => {
    const page = pageAfter([reset([], null)]);
    expect(page.named("Analyze this folder")).toBeDefined();
    expect(page.text).toContain("Works without a model or key");
  });

  it("starts nothing in Restricted Mode, and offers to manage trust", () => {
    const page = pageAfter([reset([], null), { kind: "folders", trusted: false, folders: [] }]);
    expect(page.named("Run")).toBeUndefined();
    click(page.named("Manage trust"));
    expect(page.sent).toEqual([{ kind: "command", command: "manageTrust" }]);
  });

  it("runs only a goal that has words", () => {
    const goals: string[] = [];
    const start = (goal: string) => goals.push(goal);
    click(pageAfter([reset([], null)], { start }).named("Run"));
    click(pageAfter([reset([], null)], { start, local: { ...emptyLocalState, draft: "Look" } }).named("Run"));
    expect(goals).toEqual(["Look"]);
  });

  it("lets a working run be cancelled, and offers nothing that needs its end", () => {
    const page = pageAfter([reset([working], working)]);
    click(page.named("Cancel run"));
    expect(page.sent).toMatchObject([{ kind: "cancelRun", run: { runId: working.runId } }]);
    expect(page.named("Show report")).toBeUndefined();
  });

  it("cancels once", () => {
    const page = pageAfter([reset([working], working)], { cancelling: true });
    click(page.named("Cancelling…"));
    expect(page.sent).toEqual([]);
  });

  it("ends a finished run with its report, problems and a new run", () => {
    const page = pageAfter([reset([done], done)]);
    for (const name of ["Show report", "Show problems", "New run"]) click(page.named(name));
    expect(page.sent.map(({ kind }) => kind)).toEqual(["openReport", "showFindings", "showRun"]);
  });

  it("offers the run that works now while a finished one is read", () => {
    const other = { ...working, runId: "r-other", title: "From the terminal" };
    const page = pageAfter([reset([done, other], done)]);
    expect(page.text).toContain("Also working: From the terminal");
    click(page.named("Show"));
    expect(page.sent).toMatchObject([{ kind: "showRun", run: { runId: "r-other" } }]);
    expect(pageAfter([reset([working, other], working)]).text).not.toContain("Also working");
  });

  it("says why a run failed and that what was found is kept", () => {
    const page = pageAfter([reset([failed], { ...failed, reason: "The gate of analysis failed" })]);
    expect(page.text).toContain("The gate of analysis failed");
    expect(page.text).toContain("What was found so far is kept.");
  });

  it("keeps the last state readable while the host is gone, with a way back", () => {
    const page = stoppedPage(working);
    expect(page.text).toContain("Where is this code hard to change?");
    expect(page.text).toContain("Nothing is lost: the run goes on from entry 13.");
    expect(page.named("Cancel run")).toBeUndefined();
    click(page.named("Restart host"));
    expect(page.sent).toEqual([{ kind: "command", command: "restartHost" }]);
  });

  it("promises nothing about a run that has ended when the host is gone", () => {
    expect(stoppedPage(done).text).not.toContain("Nothing is lost");
    expect(stoppedPage(done).named("Show report")?.attributes["aria-disabled"]).toBe("true");
  });

  it("shows a refusal with what to do, its code last", () => {
    const problem = {
      message: "This goal needs a model",
      hint: "Use the profile analysis",
      code: "run.needsModel",
    };
    const page = pageAfter([reset([], null), { kind: "problem", problem }]);
    expect(page.text).toContain("This goal needs a model Use the profile analysis run.needsModel");
  });

  it("lets a picker choose the folder only where there are several", () => {
    const one = reset([], null);
    const other = { workspaceId: "f".repeat(16), name: "other", link: live };
    const folders = one.kind === "reset" ? [...one.folders, other] : [];
    const hasPicker = (page: ReturnType<typeof pageAfter>) =>
      page.all.some(({ tag, attributes }) => tag === "select" && attributes["aria-label"] === "Folder");
    expect(hasPicker(pageAfter([one]))).toBe(false);
    expect(hasPicker(pageAfter([one, { kind: "folders", trusted: true, folders }]))).toBe(true);
  });

  it("makes text of people text, never markup", () => {
    const goal = `<img src=x onerror="alert(1)">`;
    const page = pageAfter([reset([working], { ...working, goal, title: goal })]);
    expect(page.text).toContain(goal);
    expect(new Set(page.all.map(({ tag }) => tag)).has("img")).toBe(false);
  });

  it("says what waits in the shown run, whole, with the way to its review", () => {
    const line = {
      ...{ workspaceId: "0123456789abcdef", runId: working.runId, id: "a-1", since: working.createdAt },
      ...{ title: "Tester: run_command", detail: "npm install \u202epg-mem", isMine: true },
    };
    const page = pageAfter([reset([working], working), { kind: "waiting", waiting: [line] }]);
    expect(page.text).toContain("1 waits for you");
    expect(page.text).toContain("npm install \\u202epg-mem");
    click(page.named("Review"));
    expect(page.sent).toMatchObject([{ kind: "review", run: { runId: working.runId } }]);
    const other = { ...line, runId: "r-other" };
    expect(pageAfter([reset([working], working), { kind: "waiting", waiting: [other] }]).text).not.toContain(
      "waits for you",
    );
  });

  it("offers profiles, and says that the offline provider changes no code", () => {
    const local = { ...emptyLocalState, profile: "full" as const };
    const settings = { provider: "scripted", profile: "full" } as const;
    expect(pageAfter([reset([], null)], { local }).text).toContain("The offline provider cannot change code");
    const scripted = pageAfter([reset([], null), { kind: "settings", settings }]);
    expect(scripted.text).toContain("Provider: scripted");
    expect(scripted.text).toContain("ten phases");
  });

  it("sends words to a run that works, never to one of the offline engine", () => {
    const local = { ...emptyLocalState, steering: " Leave the tests alone " };
    const scripted = { ...working, provider: "scripted" as const };
    expect(pageAfter([reset([working], working)], { local }).named("Send")).toBeUndefined();
    const page = pageAfter([reset([scripted], scripted)], { local });
    click(page.named("Send"));
    expect(page.sent).toMatchObject([{ kind: "steerRun", message: "Leave the tests alone" }]);
  });

  it("keeps what is spent and what is reserved apart, and says that nothing is masked", () => {
    const budget = {
      ...working.budget,
      limits: { ...working.budget.limits, usd: 6 },
      spent: { tokens: 900, usd: 1.84, modelCalls: 3 },
      reserved: { "t-code/1/2": { tokens: 100, usd: 0.4, modelCalls: 1 } },
    };
    const page = pageAfter([reset([working], { ...working, budget, assurance: "unsandboxed" })]);
    expect(page.text).toContain("$1.84 + $0.40 reserved of $6.00");
    expect(page.text).toContain("assurance: unsandboxed");
  });

  it("numbers the articles of its feed", () => {
    const page = pageAfter([reset([working], working)]);
    const articles = page.all.filter((each) => each.attributes["aria-posinset"] !== undefined);
    expect(
      articles.map((each) => [each.attributes["aria-posinset"], each.attributes["aria-setsize"]]),
    ).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });
});

describe("rowAfter", () => {
  it("moves within the list and stops at its ends", () => {
    expect(rowAfter(0, 3, "ArrowUp")).toBe(0);
    expect(rowAfter(0, 3, "ArrowDown")).toBe(1);
    expect(rowAfter(2, 3, "ArrowDown")).toBe(2);
    expect(rowAfter(1, 3, "Home")).toBe(0);
    expect(rowAfter(1, 3, "End")).toBe(2);
    expect(rowAfter(1, 3, "Enter")).toBeNull();
  });
});
