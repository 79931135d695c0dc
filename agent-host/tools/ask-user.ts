import * as z from "zod";
import type { Tool } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { fault } from "./tool-output.ts";
import { factOf } from "./visible-text.ts";

const maxQuestion = 4_000;

const askUserInput = lenientObject(
  {
    question: z
      .string()
      .trim()
      .min(1)
      .max(maxQuestion)
      .describe("One question, with what you need to know and why"),
    options: z
      .array(z.string().trim().min(1).max(200))
      .max(6)
      .default([])
      .describe("Answers to choose from, your recommendation first; leave out for an open question"),
  },
  { text: "question", prompt: "question", choices: "options" },
);
export type AskUserInput = z.output<typeof askUserInput>;

/** Asks the person. The gate carries it out: only there is anyone who could be asked. */
export const askUserTool: Tool<AskUserInput> = {
  name: "ask_user",
  onlyReads: true,
  description:
    "Ask the person one question and wait for the answer. Only where the goal cannot be met without it: work stands " +
    "still until somebody answers. What you can find out or decide safely, find out or decide.",
  input: askUserInput,
  prepare: async ({ question, options }) => ({
    access: { kind: "question", question },
    hasEffect: false,
    facts: [factOf("question", question), ...options.map((option, at) => factOf(`option ${at + 1}`, option))],
    check: { kind: "repeatable" },
    perform: async () => fault("Nobody can be asked here"),
    recovered: () => fault("Nobody can be asked here"),
  }),
};
