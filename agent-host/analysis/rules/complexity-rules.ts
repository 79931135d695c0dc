import type { Rule } from "./rule.ts";

export const complexFunction: Rule = {
  id: "complexity/function",
  category: "complexity",
  severity: "warning",
  title: "Function with many paths",
  why: "Each branch is a path that must be understood and tested; functions with this many are where defects gather and where every change is slow.",
  remedy:
    "Split it along its branches: a table for the cases, a function for each inner loop or step, early returns for the exceptions.",
};

export const deepNesting: Rule = {
  id: "complexity/nesting",
  category: "complexity",
  severity: "info",
  title: "Deeply nested code",
  why: "At the innermost line a reader has to hold all the conditions above it in mind.",
  remedy: "Return early for the exceptions, or move the inner part into a function of its own.",
};

export const hotSpot: Rule = {
  id: "complexity/hot-spot",
  category: "complexity",
  severity: "info",
  title: "Complex file that changes often",
  why: "Effort and defects concentrate where complicated code is touched again and again; time spent here pays back first.",
  remedy:
    "Find out what makes people come back to this file and give it a place of its own, with tests around it.",
};

export const complexityRules: readonly Rule[] = [complexFunction, deepNesting, hotSpot];
