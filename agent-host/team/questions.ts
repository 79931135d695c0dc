import type { ToolOutput } from "../tools/tool.ts";
import type { ApprovalAnswer } from "./approvals.ts";

/** What an agent reads of the answer to its question. */
export function answerText({ answer, by, comment }: ApprovalAnswer): ToolOutput {
  if (by !== "person") {
    return {
      text: "This run asks nobody. Decide yourself, and write down what you assumed.",
      isError: false,
    };
  }
  const words = comment.trim();
  if (answer === "reject") {
    const more = words === "" ? "" : ` They said: ${words}`;
    return { text: `The person leaves it to you. Write down what you assume.${more}`, isError: false };
  }
  return { text: words === "" ? "The person says yes." : `The person answers: ${words}`, isError: false };
}
