import * as z from "zod";
import type { Tool } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { fault, outputOf } from "./tool-output.ts";
import { factOf } from "./visible-text.ts";

const messageAgentInput = lenientObject(
  {
    to: z.string().trim().min(1).max(100).describe("A task's id, or an agent such as back-end-coder"),
    message: z.string().trim().min(1).max(4_000).describe("What they need to know, in full"),
  },
  { recipient: "to", taskId: "to", agent: "to", text: "message", content: "message" },
);
export type MessageAgentInput = z.output<typeof messageAgentInput>;

/** Words from one task to others of the run. Resolves with the tasks that will hear them; none: nobody is there. */
export type SendMessage = (given: {
  readonly from: string;
  readonly to: string;
  readonly message: string;
}) => Promise<readonly string[]>;

/** Tells another agent something. They hear it with their next turn, as words of an agent and not of the person. */
export function messageAgentTool(send: SendMessage): Tool<MessageAgentInput> {
  return {
    name: "message_agent",
    onlyReads: true,
    description:
      "Tell another agent of this run what it must know (an interface you changed, a name you chose). It hears it " +
      "with its next turn. No answer comes back; do not ask questions with it.",
    input: messageAgentInput,
    prepare: async ({ to, message }, { taskId }) => ({
      access: { kind: "none" },
      hasEffect: true,
      facts: [factOf("to", to), factOf("message", message)],
      // Heard twice it does no harm.
      check: { kind: "repeatable" },
      perform: async () => {
        const heard = await send({ from: taskId, to, message });
        if (heard.length > 0) return outputOf(`Sent to ${heard.join(", ")}.`);
        return fault(`Nobody works as ${to} now; name a task or an agent that is at work or still to come`);
      },
      recovered: () => outputOf("Sent."),
    }),
  };
}
