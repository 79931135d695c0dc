import * as z from "zod";
import { sha256 } from "../core/digest.ts";
import type { Finding, Severity } from "../protocol/finding.ts";
import type { Source } from "../protocol/task.ts";
import type { ReviewContent, WorkContent } from "../protocol/task-content.ts";
import { lenientObject } from "./tool-input.ts";

const severities: Readonly<Record<string, Severity>> = {
  ...{ error: "error", critical: "error", blocker: "error", high: "error", major: "error" },
  ...{ warning: "warning", warn: "warning", medium: "warning", minor: "warning", moderate: "warning" },
  ...{ info: "info", low: "info", note: "info", nit: "info", suggestion: "info", hint: "info" },
};

const verdicts: Readonly<Record<string, ReviewContent["verdict"]>> = {
  ...{ approve: "approve", approved: "approve", accept: "approve", pass: "approve", lgtm: "approve" },
  ...{ requestchanges: "requestChanges", changesrequested: "requestChanges", reject: "requestChanges" },
  ...{ rejected: "requestChanges", fail: "requestChanges", none: "none" },
};

const listOfTexts = z.preprocess(
  (value) => (typeof value === "string" ? [value] : value),
  z.array(z.string().max(4_000)).max(100),
);

const lineNumber = z.int().min(1).max(10_000_000);

const sourceSchema = z.preprocess(
  (value) => (typeof value === "string" ? sourceOf(value) : value),
  lenientObject(
    {
      file: z.string().min(1).max(4_096),
      line: lineNumber.optional(),
      title: z.string().max(500).optional(),
    },
    { path: "file", url: "file" },
  ),
);

const findingSchema = lenientObject(
  {
    file: z.string().min(1).max(4_096),
    line: lineNumber.default(1),
    endLine: lineNumber.optional(),
    severity: wordOf(severities).describe("error, warning or info"),
    message: z.string().min(1).describe("What is wrong, in one sentence"),
    evidence: z.string().default("").describe("The text or facts that prove it"),
    why: z.string().default("").describe("Why it matters"),
    remedy: z.string().default("").describe("What to do"),
    ruleId: z.string().max(200).optional(),
  },
  {
    path: "file",
    startLine: "line",
    start_line: "line",
    end_line: "endLine",
    description: "message",
    title: "message",
    suggestion: "remedy",
    recommendation: "remedy",
    rule: "ruleId",
  },
);

const workShape = {
  summary: z.string().trim().min(1).max(20_000).describe("What you did or found, in words for a person"),
  confidence: z.number().min(0).max(1).default(0.8).describe("0 to 1: how sure you are that it is right"),
  notes: listOfTexts.default([]).describe("Open questions, assumptions, risks"),
  sources: z
    .array(sourceSchema)
    .max(500)
    .default([])
    .describe("Files it rests on, with lines; a page with its address as file"),
};

const otherNames = { result: "summary", text: "summary", answer: "summary", content: "summary" };

const resultSchema = lenientObject(
  {
    ...workShape,
    verdict: wordOf(verdicts).optional().describe("Of a review: approve or requestChanges"),
    findings: z.array(findingSchema).max(500).optional().describe("Of a review: what is wrong, and where"),
  },
  otherNames,
);

/** Ends the task. Carried out by the team, not by a tool. */
export const submitResultTool = {
  name: "submit_result",
  description:
    "Hand back the result and end the task. Call it once, when everything is done; no other call after it counts. " +
    "The program checks the result before the task counts as done.",
  input: resultSchema,
} as const;

/** The same as a model sees it whose task judges nothing: what it does not see it does not make up. */
export const submitWorkTool = { ...submitResultTool, input: lenientObject(workShape, otherNames) } as const;

/** A result in one form, however the model spelled it. Verdict and findings stand in it only if the model gave them. */
export interface SubmittedResult extends WorkContent {
  readonly confidence: number;
  readonly sources: Source[];
  readonly verdict?: ReviewContent["verdict"];
  readonly findings?: Finding[];
}

export function submittedResultOf(given: z.output<typeof resultSchema>): SubmittedResult {
  const { summary, notes, confidence, verdict, findings } = given;
  return {
    summary,
    notes,
    confidence,
    sources: given.sources.map(definedSource),
    ...(verdict === undefined ? {} : { verdict }),
    ...(findings === undefined ? {} : { findings: findings.map(wholeFinding) }),
  };
}

function definedSource({ file, line, title }: z.output<typeof sourceSchema>): Source {
  return { file, ...(line === undefined ? {} : { line }), ...(title === undefined ? {} : { title }) };
}

function wholeFinding(given: z.output<typeof findingSchema>): Finding {
  const ruleId = /^[a-z]+(\/[a-z0-9-]+)+$/.test(given.ruleId ?? "") ? (given.ruleId ?? "") : "review/remark";
  const { severity, file, line } = given;
  const message = given.message.slice(0, 1_000);
  return {
    ruleId,
    category: "structure",
    severity,
    file,
    range: { startLine: line, startColumn: 1, endLine: Math.max(line, given.endLine ?? line), endColumn: 1 },
    message,
    evidence: given.evidence.slice(0, 2_000),
    why: given.why.slice(0, 1_000),
    remedy: given.remedy.slice(0, 1_000),
    related: [],
    fingerprint: sha256(JSON.stringify([ruleId, file, message])).slice(0, 32),
  };
}

// `src/a.ts:12` or `src/a.ts:12-14`.
function sourceOf(text: string): { file: string; line?: number } {
  const match = /^(.+?):(\d{1,7})(?:[-:]\d+)?$/.exec(text);
  const line = Number(match?.[2]);
  return match?.[1] === undefined || line < 1 ? { file: text } : { file: match[1], line };
}

function wordOf<Word extends string>(words: Readonly<Record<string, Word>>) {
  const known = [...new Set(Object.values(words))];
  return z.preprocess(
    (value) =>
      typeof value === "string" ? (words[value.toLowerCase().replaceAll(/[\s_-]/g, "")] ?? value) : value,
    z.enum(known as [Word, ...Word[]]),
  );
}
