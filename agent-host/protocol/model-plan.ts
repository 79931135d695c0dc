import * as z from "zod";
import { agentTypeSchema } from "./task.ts";

/** A model by name: `endpoint:model`. */
export const modelRefSchema = z
  .string()
  .min(3)
  .max(200)
  .regex(/^[a-z][a-z0-9-]{0,39}:.+$/, "endpoint:model expected");
export type ModelRef = z.infer<typeof modelRefSchema>;

/** Which models each agent asks, the preferred one first; the next is asked where the one before cannot answer. */
export const modelPlanSchema = z.partialRecord(agentTypeSchema, z.array(modelRefSchema).min(1).max(5));
export type ModelPlan = z.infer<typeof modelPlanSchema>;
