import type { Conversations } from "../team/conversation.ts";
import type { MethodTable } from "./session.ts";

/** What a task said and heard, page by page. */
export function conversationMethods(conversations: Conversations): Pick<MethodTable, "task/conversation"> {
  return {
    "task/conversation": async ({ runId, taskId, before, limit }, { signal }) => {
      const page = before === undefined ? { limit } : { before, limit };
      return await conversations.read({ runId, taskId }, page, signal);
    },
  };
}
