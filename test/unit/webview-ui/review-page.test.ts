import { describe, expect, it } from "vitest";
import type { FromReviewView, ReviewView, ToReviewView } from "../../../agent-host/protocol/review-view.ts";
import { reviewWords } from "../../../agent-host/protocol/review-words.ts";
import { teamWords } from "../../../agent-host/protocol/team-words.ts";
import type { Child, Description } from "../../../webview-ui/dom.ts";
import {
  type Answer,
  choiceOf,
  draftOf,
  emptyReviewState,
  type ReviewState,
  reduceReview,
  sendBack,
} from "../../../webview-ui/review-state.ts";
import { reviewPage } from "../../../webview-ui/views/review-page.ts";
import {
  approvalSubject,
  gateSubject,
  otherTree,
  tree,
  workspaceId,
} from "../extension/inbox/waiting-fixture.ts";

const gateReview: ReviewView = {
  ...{ workspaceId, id: gateSubject.gateId, digest: "d".repeat(64), isSound: true },
  ...{ runTitle: "Split the webhooks", folder: "", since: "2026-03-04T10:00:00.000Z" },
  signer: { kind: "may", identity: "kim", role: "reviewer", keyId: "a1".repeat(8) },
  about: {
    kind: "gate",
    subject: gateSubject,
    treeToApply: tree,
    phases: ["planning", "implementation", "verification"],
    files: [
      { path: "src/a.ts", status: "modified", added: 48, removed: 14, mode: "100644" },
      { path: "package.json", status: "modified", added: 1, removed: 0, mode: "100644" },
      { path: "test/old.test.ts", status: "deleted", added: 0, removed: 38, mode: null },
    ],
    work: [
      { taskId: "t-verify", title: "Verify the changes", agentType: "tester", text: "All \u202epassed" },
      { taskId: "t-long", title: "Report", agentType: "tester", text: "" },
    ],
    diff: "",
    details: {},
    assurance: "sandboxed",
  },
};
const approvalReview: ReviewView = {
  ...gateReview,
  id: approvalSubject.approvalId,
  about: { kind: "approval", subject: approvalSubject, pausesAt: "2026-03-04T10:30:00.000Z" },
};

function gateWith(more: Partial<Extract<ReviewView["about"], { kind: "gate" }>>): ReviewView {
  if (gateReview.about.kind !== "gate") throw new Error("no gate");
  return { ...gateReview, about: { ...gateReview.about, ...more } };
}

function stateAfter(...messages: ToReviewView[]): ReviewState {
  return messages.reduce(reduceReview, emptyReviewState);
}

function show(review: ReviewView): Extract<ToReviewView, { kind: "show" }> {
  return { kind: "show", review, focus: "none", draft: null };
}

function pageOf(state: ReviewState) {
  const sent: FromReviewView[] = [];
  const changed: Partial<ReviewState>[] = [];
  const answered: Answer[] = [];
  const children = reviewPage({
    state,
    language: { words: reviewWords, teamWords, locale: "en", nowMs: Date.parse("2026-03-04T10:04:00.000Z") },
    send: (message) => sent.push(message),
    change: (part) => changed.push(part),
    answer: (answer) => answered.push(answer),
  });
  const all = elementsOf(children);
  const named = (name: string) => all.find((each) => each.tag === "button" && textOf(each).includes(name));
  return { all, sent, changed, answered, named, text: textOf({ children }) };
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
    .replace(/\s+/g, " ")
    .trim();
}

function isOff(button: Description | undefined): boolean {
  return button?.attributes["aria-disabled"] === "true";
}

const ticked = { ...stateAfter(show(gateReview)), ticks: new Set(["package.json"]) };

describe("the review of a gate", () => {
  it("keeps Approve off until every protected file is ticked, and says why", () => {
    const page = pageOf(stateAfter(show(gateReview)));
    expect(isOff(page.named("Approve"))).toBe(true);
    expect(page.text).toContain("Approve needs a tick for each protected file.");
    page.named("Approve")?.on.click?.({} as Event);
    expect(page.answered).toEqual([]);
    const ready = pageOf(ticked);
    expect(isOff(ready.named("Approve"))).toBe(false);
    ready.named("Approve")?.on.click?.({} as Event);
    expect(ready.answered).toEqual([{ answer: "approve", extent: "once" }]);
  });

  it("lets nobody approve a tree other than the one that was checked", () => {
    const review = gateWith({ treeToApply: otherTree });
    const page = pageOf({ ...ticked, review });
    expect(isOff(page.named("Approve"))).toBe(true);
    expect(page.text).toContain("differs");
    expect(page.text).toContain("The tree changed since the checks.");
  });

  it("lets nobody approve what only a change of the work can mend", () => {
    const evidence = [{ criterion: { kind: "commandPasses", command: "test" } as const, passed: false }];
    const review = gateWith({ subject: { ...gateSubject, evidence, protectedFiles: [] } });
    expect(isOff(pageOf(stateAfter(show(review))).named("Approve"))).toBe(true);
  });

  it("rejects only with words, and names the phase they go to", () => {
    expect(isOff(pageOf(ticked).named("Reject with comment"))).toBe(true);
    const state = { ...ticked, comment: " Take the retry out " };
    expect(isOff(pageOf(state).named("Reject with comment"))).toBe(false);
    expect(choiceOf(state, { answer: "reject", extent: "once" })).toEqual({
      ...{ answer: "reject", extent: "once", clears: [] },
      ...{ returnTo: "implementation", comment: "Take the retry out" },
    });
  });

  it("answers nothing while an answer is on its way, nor after it", () => {
    const { digest } = gateReview;
    for (const message of [
      { kind: "signing", digest } as const,
      { kind: "decided", digest, seq: 41, more: 0 } as const,
      { kind: "gone", digest, message: "Already answered by ada", more: 2 } as const,
    ]) {
      const page = pageOf(reduceReview(ticked, message));
      expect(page.named("Approve") === undefined || isOff(page.named("Approve"))).toBe(true);
    }
    expect(pageOf(reduceReview(ticked, { kind: "decided", digest, seq: 41, more: 0 })).text).toContain(
      "Answered: entry 41 of the journal.",
    );
    const gone = pageOf(reduceReview(ticked, { kind: "gone", digest, message: "Answered by ada", more: 2 }));
    expect(gone.text).toContain("Answered by ada");
    gone.named("Next that waits (2)")?.on.click?.({} as Event);
    expect(gone.sent).toEqual([{ kind: "next" }]);
  });

  it("signs nothing whose digest is not that of what is shown", () => {
    const page = pageOf({ ...ticked, review: { ...gateReview, isSound: false } });
    expect(isOff(page.named("Approve"))).toBe(true);
    expect(page.text).toContain("Nothing can be signed.");
  });

  it("says why this window cannot answer, and what to do", () => {
    const signer = { kind: "mayNot", reason: "No key.", hint: "agent-team approvers enroll" } as const;
    const page = pageOf({ ...ticked, review: { ...gateReview, signer } });
    expect(isOff(page.named("Approve"))).toBe(true);
    expect(page.text).toContain("agent-team approvers enroll");
  });

  it("shows what the agents handed back as their words, below the evidence", () => {
    const { text } = pageOf(ticked);
    expect(text).toContain("Tester: Verify the changes All \\u202epassed");
    expect(text).toContain("Tester: Report It is too long to show here.");
    expect(text.indexOf("Criteria")).toBeLessThan(text.indexOf("What was handed back"));
  });

  it("lists protected files first, then tests, and marks a deleted test", () => {
    const { text } = pageOf(ticked);
    const order = ["Protected, each needs your tick", "Tests", "Other files"].map((name) =>
      text.indexOf(name),
    );
    expect([...order].sort((one, other) => one - other)).toEqual(order);
    expect(text).toContain("deleted test");
    expect(text).toContain("+48 −14");
  });

  it("says that the list of files is missing rather than that there is none", () => {
    expect(pageOf({ ...ticked, review: gateWith({ files: null }) }).text).toContain(
      "The list of changed files is not at hand.",
    );
  });

  it("warns where commands ran without a sandbox", () => {
    expect(pageOf({ ...ticked, review: gateWith({ assurance: "unsandboxed" }) }).text).toContain(
      "assurance: unsandboxed",
    );
  });

  it("shows exactly the text that will be signed", () => {
    const preview = 'agent-team decision v1\n{"workspaceId":"0123"}';
    const page = pageOf(reduceReview(ticked, { kind: "preview", digest: gateReview.digest, text: preview }));
    expect(page.text).toContain('agent-team decision v1 {"workspaceId":"0123"}');
  });
});

describe("the review of an approval", () => {
  const state = stateAfter(show(approvalReview));

  it("shows the host's facts whole, the reason, the risk and what wider answers cover", () => {
    const { text } = pageOf(state);
    for (const part of [...approvalSubject.facts, approvalSubject.reason, "high: reaches out"]) {
      expect(text).toContain(part);
    }
    expect(text).toContain(approvalSubject.pattern);
    expect(text).toContain("Back-end coder wants to use run_command");
  });

  it("offers once, for the run, always and deny; only once where nothing else is covered", () => {
    const page = pageOf(state);
    for (const name of ["Allow once", "Allow for this run", "Allow always", "Deny"]) {
      page.named(name)?.on.click?.({} as Event);
    }
    expect(page.answered.map(({ answer, extent }) => `${answer} ${extent}`)).toEqual([
      "approve once",
      "approve run",
      "approve always",
      "reject once",
    ]);
    const about = { kind: "approval", pausesAt: "", subject: { ...approvalSubject, pattern: null } } as const;
    const narrow = pageOf(
      stateAfter(show({ ...approvalReview, about: { ...about, pausesAt: gateReview.since } })),
    );
    expect(narrow.named("Allow for this run")).toBeUndefined();
    expect(narrow.named("Allow once")).toBeDefined();
  });

  it("makes text of agents text, with what deceives written out", () => {
    const facts = ['<img src=x onerror="alert(1)">', "rm \u202exyz"];
    const subject = { ...approvalSubject, facts };
    const about = { kind: "approval", subject, pausesAt: gateReview.since } as const;
    const page = pageOf(stateAfter(show({ ...approvalReview, about })));
    expect(page.text).toContain(facts[0]);
    expect(page.text).toContain("rm \\u202exyz");
    expect(page.all.some(({ tag }) => tag === "img")).toBe(false);
  });
});

describe("reduceReview", () => {
  it("keeps ticks and comment while the same thing is shown with newer facts", () => {
    const state = { ...ticked, comment: "Almost" };
    expect(reduceReview(state, show(gateWith({ treeToApply: otherTree })))).toMatchObject({
      comment: "Almost",
      ticks: new Set(["package.json"]),
    });
  });

  it("begins anew for another thing", () => {
    const state = reduceReview(
      { ...ticked, comment: "Almost" },
      show({ ...approvalReview, digest: "e".repeat(64) }),
    );
    expect(state).toMatchObject({ comment: "", ticks: new Set(), stage: { kind: "open" } });
  });

  it("keeps the words and no tick when the same gate stands over a changed tree", () => {
    const state = reduceReview(
      { ...ticked, comment: "Almost" },
      show({ ...gateReview, digest: "e".repeat(64) }),
    );
    expect(state).toMatchObject({ comment: "Almost", ticks: new Set(), stage: { kind: "open" } });
  });

  it("goes on with what an earlier page kept", () => {
    const draft = { ticks: ["package.json"], comment: "Almost", returnTo: "planning" } as const;
    const state = reduceReview(emptyReviewState, {
      ...show(gateReview),
      draft: { ...draft, ticks: ["package.json"] },
    });
    expect(state).toMatchObject({
      comment: "Almost",
      ticks: new Set(["package.json"]),
      returnTo: "planning",
    });
    expect(draftOf(state)).toEqual(draft);
  });

  it("sends back with the person's words and the comments in the change", () => {
    const marks = { files: {}, comments: ["src/a.ts:12: Why twice?"], isOpen: true };
    const state = reduceReview(stateAfter(show(gateReview)), {
      kind: "marks",
      digest: gateReview.digest,
      marks,
    });
    expect(choiceOf({ ...state, comment: "Almost" }, sendBack)).toMatchObject({
      answer: "reject",
      returnTo: "implementation",
      comment: "Almost\n\nsrc/a.ts:12: Why twice?",
    });
  });

  it("leaves out what is about something else by now", () => {
    const digest = "e".repeat(64);
    expect(reduceReview(ticked, { kind: "decided", digest, seq: 9, more: 0 })).toBe(ticked);
  });

  it("lets a person answer again after a refusal", () => {
    const problem = { message: "A reviewer is needed", hint: null, code: "decision.role" };
    const { digest } = gateReview;
    const signing = reduceReview(ticked, { kind: "signing", digest });
    const page = pageOf(reduceReview(signing, { kind: "problem", digest, problem }));
    expect(page.text).toContain("A reviewer is needed decision.role");
    expect(isOff(page.named("Approve"))).toBe(false);
  });
});
