import * as z from "zod";
import type { BlobTexts } from "./blob.ts";
import type { TypedEntry } from "./events.ts";
import { runIdSchema, taskIdSchema, workspaceIdSchema } from "./ids.ts";
import type { NotificationParams } from "./methods.ts";
import { type Profile, profileSchema } from "./phase.ts";
import type { Provider, RunSummary } from "./run.ts";
import type { RunState } from "./state/schemas.ts";

/** Names one run in a window with several folders. */
export const runRefSchema = z.strictObject({ workspaceId: workspaceIdSchema, runId: runIdSchema });
export type RunRef = z.infer<typeof runRefSchema>;

/** Commands the Team view may ask the extension to run; nothing else is reachable from it. */
export const teamCommandSchema = z.enum(["manageTrust", "openFolder", "restartHost", "showLogs"]);
export type TeamCommand = z.infer<typeof teamCommandSchema>;

/** What the Team view sends to the extension. Parsed there: a webview is not trusted more than a file. */
export const fromTeamViewSchema = z.discriminatedUnion("kind", [
  /** The page is loaded and wants `reset`; `shown` is what it showed before a hide or reload. */
  z.strictObject({ kind: z.literal("ready"), shown: runRefSchema.nullable() }),
  z.strictObject({
    kind: z.literal("startRun"),
    workspaceId: workspaceIdSchema,
    goal: z.string().trim().min(1).max(20_000),
    profile: profileSchema,
  }),
  z.strictObject({ kind: z.literal("pauseRun"), run: runRefSchema }),
  z.strictObject({
    kind: z.literal("steerRun"),
    run: runRefSchema,
    message: z.string().trim().min(1).max(20_000),
  }),
  /** Opens the review of what waits in this run, the oldest first. */
  z.strictObject({ kind: z.literal("review"), run: runRefSchema }),
  /** Opens what a task said and heard, in a tab. */
  z.strictObject({ kind: z.literal("openTask"), run: runRefSchema, taskId: taskIdSchema }),
  z.strictObject({ kind: z.literal("cancelRun"), run: runRefSchema }),
  z.strictObject({ kind: z.literal("resumeRun"), run: runRefSchema }),
  z.strictObject({ kind: z.literal("openReport"), run: runRefSchema }),
  /** The run's change in the editor's own diff; taken back; applied once more. */
  z.strictObject({ kind: z.literal("openChanges"), run: runRefSchema }),
  z.strictObject({ kind: z.literal("undoChange"), run: runRefSchema }),
  z.strictObject({ kind: z.literal("redoChange"), run: runRefSchema }),
  /** Puts the run's findings into the Problems panel and opens it. */
  z.strictObject({ kind: z.literal("showFindings"), run: runRefSchema }),
  z.strictObject({ kind: z.literal("showRun"), run: runRefSchema.nullable() }),
  z.strictObject({ kind: z.literal("command"), command: teamCommandSchema }),
  /** The page's own state as JSON, to be handed back to a page of a later window. Means nothing to the extension. */
  z.strictObject({ kind: z.literal("keep"), state: z.string().max(200_000) }),
]);
export type FromTeamView = z.infer<typeof fromTeamViewSchema>;

/** How a window stands to the host of one folder. Times are ISO 8601 UTC. */
export type LinkView =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "retrying"; readonly attempt: number; readonly of: number; readonly lostAt: string }
  | {
      readonly kind: "stopped";
      readonly message: string;
      readonly hint: string | null;
      readonly lostAt: string;
    };

export interface FolderView {
  readonly workspaceId: string;
  readonly name: string;
  readonly link: LinkView;
}

export interface RunRow {
  readonly workspaceId: string;
  readonly run: RunSummary;
}

export interface ShownRun {
  readonly workspaceId: string;
  readonly run: RunState;
}

/** The person's settings for the next run. */
export interface RunSettingsView {
  readonly provider: Provider;
  readonly profile: Profile;
}

/** One thing that waits for a person, in a line. */
export interface WaitingLine {
  readonly workspaceId: string;
  readonly runId: string | null;
  readonly id: string;
  /** `Gate: review`, or who wants what. */
  readonly title: string;
  /** The whole command or path; "" for a gate. */
  readonly detail: string;
  readonly since: string;
  /** This window's key may answer it. */
  readonly isMine: boolean;
}

/** An entry parsed by its type, with the texts it points to. */
export interface FoldableEntry {
  readonly entry: TypedEntry;
  readonly texts: BlobTexts;
}

/** A refusal or failure to show: what happened, what to do, the code last. */
export interface ProblemView {
  readonly message: string;
  readonly hint: string | null;
  readonly code: string | null;
}

/**
 * What the extension sends to the Team view. After `reset` only changes follow; `entries` come in order of
 * `seq` and belong to the shown run alone.
 */
export type ToTeamView =
  | {
      readonly kind: "reset";
      readonly trusted: boolean;
      readonly folders: readonly FolderView[];
      readonly runs: readonly RunRow[];
      readonly shown: ShownRun | null;
      readonly settings: RunSettingsView;
      readonly waiting: readonly WaitingLine[];
    }
  | { readonly kind: "settings"; readonly settings: RunSettingsView }
  | { readonly kind: "waiting"; readonly waiting: readonly WaitingLine[] }
  | { readonly kind: "folders"; readonly trusted: boolean; readonly folders: readonly FolderView[] }
  | { readonly kind: "runs"; readonly changed: readonly RunRow[]; readonly removed: readonly RunRef[] }
  | {
      readonly kind: "shown";
      readonly shown: ShownRun | null;
      /** Nobody asked for it here: it started elsewhere. Gives way to a goal that is being written. */
      readonly unasked: boolean;
    }
  | {
      readonly kind: "entries";
      readonly workspaceId: string;
      readonly runId: string;
      readonly entries: readonly FoldableEntry[];
    }
  | { readonly kind: "progress"; readonly progress: NotificationParams<"task/progress"> }
  | { readonly kind: "problem"; readonly problem: ProblemView | null }
  | { readonly kind: "focusComposer" };
