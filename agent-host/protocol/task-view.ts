import * as z from "zod";
import type { ConversationItem } from "./conversation-item.ts";
import { runIdSchema, taskIdSchema, workspaceIdSchema } from "./ids.ts";
import type { NotificationParams } from "./methods.ts";
import type { TaskState } from "./state/schemas.ts";
import type { ProblemView } from "./webview.ts";

/** Names one task in a window with several folders. */
export const taskRefSchema = z.strictObject({
  workspaceId: workspaceIdSchema,
  runId: runIdSchema,
  taskId: taskIdSchema,
});
export type TaskRef = z.infer<typeof taskRefSchema>;

/** What the task page sends to the extension. Parsed there. */
export const fromTaskViewSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready") }),
  /** The page wants the messages before this index. */
  z.strictObject({ kind: z.literal("page"), before: z.int().min(1) }),
  z.strictObject({ kind: z.literal("steer"), message: z.string().trim().min(1).max(20_000) }),
  z.strictObject({ kind: z.literal("copy"), text: z.string().max(2_000_000) }),
  z.strictObject({ kind: z.literal("openRun") }),
]);
export type FromTaskView = z.infer<typeof fromTaskViewSchema>;

/** A message as the page shows it. `context`: what surrounds the instruction in a first message; "" elsewhere. */
export type TaskMessage = ConversationItem & { readonly context: string };

/** What stands still above the conversation. */
export interface TaskHeader extends TaskRef {
  readonly title: string;
  readonly runTitle: string;
  readonly agentType: TaskState["agentType"];
  readonly phase: TaskState["phase"];
  /** `working` only while a host works on the run. */
  readonly status: TaskState["status"] | "paused";
  readonly attempt: number;
  readonly summary: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly usage: TaskState["usage"];
  readonly canSteer: boolean;
  /** Whether a host is connected; without one this is what was known. */
  readonly isConnected: boolean;
}

/** What the extension sends to the task page. */
export type ToTaskView =
  | { readonly kind: "task"; readonly task: TaskHeader }
  /**
   * Some of the conversation's messages, each with its index, and how many there are. Text that was streamed with a
   * `part` up to `settled` is among them now, or will never be.
   */
  | {
      readonly kind: "messages";
      readonly total: number;
      readonly messages: readonly TaskMessage[];
      readonly settled: number;
    }
  /** Text as it comes. `part` grows each time a message became durable. */
  | ({ readonly kind: "text"; readonly part: number } & Pick<
      NotificationParams<"task/text">,
      "source" | "text"
    >)
  /** The person's words are durable. */
  | { readonly kind: "steered" }
  | { readonly kind: "problem"; readonly problem: ProblemView | null };
