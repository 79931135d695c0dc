import * as z from "zod";

// Apart from the schemas that use them: a host loads these before it listens, and those only when they are needed.

/** How far an allowed approval reaches: this call, equal calls of this run, or equal calls of all later runs. */
export const extentSchema = z.enum(["once", "run", "always"]);
export type Extent = z.infer<typeof extentSchema>;

/** `toolCall`: may this run · `inDoubt`: a call was under way when the host ended; approve runs it again, reject leaves it · `rules`: may these workspace rules count · `question`: an agent asks; the answer is the decision's comment, and reject means "decide yourself". */
export const approvalKindSchema = z.enum(["toolCall", "inDoubt", "rules", "question"]);
export type ApprovalKind = z.infer<typeof approvalKindSchema>;

/** `low` stays within the task's tree · `medium` starts a process · `high` reaches out, or touches what guards the rest. */
export const riskSchema = z.enum(["low", "medium", "high"]);
export type Risk = z.infer<typeof riskSchema>;

/** Where rules come from, weakest first. */
export const rulesSourceSchema = z.enum(["shipped", "user", "workspace"]);
export type RulesSource = z.infer<typeof rulesSourceSchema>;
