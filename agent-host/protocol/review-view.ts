import * as z from "zod";
import type { ApprovalSubject } from "./approval.ts";
import type { ChangedFile } from "./change-set.ts";
import { extentSchema } from "./decision-terms.ts";
import { sha256Schema } from "./ids.ts";
import { type GateSubject, type HumanRole, type Phase, phaseSchema } from "./phase.ts";
import type { Assurance } from "./run.ts";
import type { AgentType } from "./task.ts";
import type { ProblemView } from "./webview.ts";

/** What a person chose in the review. Id and digest are those of what the extension shows. */
export const choiceSchema = z.strictObject({
  answer: z.enum(["approve", "reject"]),
  extent: extentSchema,
  returnTo: phaseSchema.nullable(),
  clears: z.array(z.string().max(4_096)).max(1_000),
  comment: z.string().max(8_000),
});
export type Choice = z.infer<typeof choiceSchema>;

/** Ticks and words of a review that is not answered. Never a decision. */
export const reviewDraftSchema = z.strictObject({
  ticks: z.array(z.string().max(4_096)).max(1_000),
  comment: z.string().max(8_000),
  returnTo: phaseSchema.nullable(),
});
export type ReviewDraft = z.infer<typeof reviewDraftSchema>;

/** What the review page sends to the extension. Parsed there. */
export const fromReviewViewSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready") }),
  /** What would be signed for this choice? */
  z.strictObject({ kind: z.literal("preview"), digest: sha256Schema, choice: choiceSchema }),
  z.strictObject({ kind: z.literal("decide"), digest: sha256Schema, choice: choiceSchema }),
  z.strictObject({ kind: z.literal("openRun") }),
  /** Opens the change in the editor's own diff: with `path` that file alone, else all files. */
  z.strictObject({ kind: z.literal("openChanges"), path: z.string().max(4_096).nullable() }),
  /** Leaves a file out of the change, after asking. */
  z.strictObject({ kind: z.literal("discardFile"), digest: sha256Schema, path: z.string().max(4_096) }),
  /** What the person did so far, to be handed back to a page that shows the same thing later. */
  z.strictObject({ kind: z.literal("keep"), digest: sha256Schema, draft: reviewDraftSchema }),
  /** The next thing that waits. */
  z.strictObject({ kind: z.literal("next") }),
]);
export type FromReviewView = z.infer<typeof fromReviewViewSchema>;

/** Who answers from this window, and whether they may. `hint`: what to do where they may not. */
export type SignerView =
  | {
      readonly kind: "may";
      readonly identity: string;
      readonly role: HumanRole;
      readonly keyId: string;
    }
  | { readonly kind: "mayNot"; readonly reason: string; readonly hint: string | null };

export interface PhaseWork {
  readonly taskId: string;
  readonly title: string;
  readonly agentType: AgentType;
  /** "" where it is too long to come with its entry. */
  readonly text: string;
}

export interface GateReview {
  readonly subject: GateSubject;
  /** Tree that would be applied if the run went on now. */
  readonly treeToApply: string | null;
  /** Phases of the run up to this one: where the work can go back to. */
  readonly phases: readonly Phase[];
  /** null: the list is not at hand; `changes` then still counts. */
  readonly files: readonly ChangedFile[] | null;
  /** What the tasks of this phase handed back, in the words of their agents. */
  readonly work: readonly PhaseWork[];
  /** Unified diff, cut to a bound; "" where there is none. */
  readonly diff: string;
  /** Outputs of commands and lists of files, by blob name; those that are too long are left out. */
  readonly details: Readonly<Record<string, string>>;
  readonly assurance: Assurance | null;
}

export interface ApprovalReview {
  readonly subject: ApprovalSubject;
  /** When the request pauses its run, ISO 8601; null: it stays open as long as it takes. */
  readonly pausesAt: string | null;
}

/** How much of a change was looked at, and what a person noted in it. */
export interface ReviewMarks {
  /** Hunks of each file that was counted; a file that is not text counts as one. */
  readonly files: Readonly<Record<string, { readonly reviewed: number; readonly total: number }>>;
  /** Comments that are not sent yet, each as `path:line: words`. */
  readonly comments: readonly string[];
  /** Parts can still be left out: the change stands nowhere yet. */
  readonly isOpen: boolean;
}

/** One thing to decide on, with everything a person needs to see for it. */
export interface ReviewView {
  readonly workspaceId: string;
  readonly id: string;
  readonly digest: string;
  readonly isSound: boolean;
  /** "" where it belongs to no run. */
  readonly runTitle: string;
  readonly folder: string;
  readonly since: string;
  readonly signer: SignerView;
  readonly about: ({ readonly kind: "gate" } & GateReview) | ({ readonly kind: "approval" } & ApprovalReview);
}

/** Where the keyboard goes when a review opens. */
export type ReviewFocus = "none" | "approve" | "reject" | "sendBack";

/** What the extension sends to the review page. `digest` names the thing it is about: a page may show another by then. */
export type ToReviewView =
  /** Another thing, or the same one with newer facts. */
  | {
      readonly kind: "show";
      readonly review: ReviewView;
      readonly focus: ReviewFocus;
      /** What an earlier page kept of the same thing. */
      readonly draft: ReviewDraft | null;
    }
  | { readonly kind: "marks"; readonly digest: string; readonly marks: ReviewMarks }
  | { readonly kind: "preview"; readonly digest: string; readonly text: string }
  | { readonly kind: "signing"; readonly digest: string }
  | { readonly kind: "decided"; readonly digest: string; readonly seq: number; readonly more: number }
  /** It no longer waits; `message` says why, for instance who answered first. */
  | { readonly kind: "gone"; readonly digest: string; readonly message: string; readonly more: number }
  | { readonly kind: "problem"; readonly digest: string; readonly problem: ProblemView };
