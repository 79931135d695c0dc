import type { Rule } from "./rule.ts";

export const duplicateBlock: Rule = {
  id: "duplication/block",
  category: "duplication",
  severity: "info",
  title: "Copied code",
  why: "A defect mended in one copy lives on in the others, and the copies drift apart.",
  remedy: "Move the common part into one function and call it from each place.",
};

export const duplicationRules: readonly Rule[] = [duplicateBlock];
