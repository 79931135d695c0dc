import type * as z from "zod";
import { HostError } from "../core/host-error.ts";
import { type ModelsConfig, modelsConfigSchema, noModelsConfig } from "./models-config.ts";
import { readRulesFile } from "./read-rules-file.ts";
import { type Parsed, parseRulesFile, type RulesFault } from "./rules-file.ts";

/**
 * Reads `config.yaml`; without the file nothing is configured.
 *
 * @throws HostError `config.invalid`, with file, line and what is wrong there. Values are not repeated: one of them
 * may be a key.
 */
export async function readModelsConfig(path: string): Promise<ModelsConfig> {
  const file = await readRulesFile(path);
  if (file.kind === "none") return noModelsConfig;
  if (file.kind === "unreadable") throw invalid(path, { line: null, path: "", reason: file.reason });
  const parsed = parseModelsConfig(file.bytes);
  if (parsed.kind === "refused") throw invalid(path, parsed.fault);
  return parsed.value;
}

/** The same for the file's bytes: YAML as rules files have it. */
export function parseModelsConfig(bytes: Uint8Array): Parsed<ModelsConfig> {
  const document = parseRulesFile(bytes);
  if (document.kind === "refused") return document;
  const { values, fault } = document.value;
  const parsed = modelsConfigSchema.safeParse(values);
  if (parsed.success) return { kind: "ok", value: parsed.data };
  const { path, reason } = firstOf(parsed.error.issues);
  return { kind: "refused", fault: fault(path, reason) };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly reason: string;
}

function firstOf(issues: readonly z.core.$ZodIssue[]): Issue {
  const [issue] = issues;
  if (issue === undefined) return { path: [], reason: "it does not fit" };
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return { path: [...issue.path, key], reason: `unknown key ${key.slice(0, 100)}` };
  }
  if (issue.code === "invalid_key") return { path: issue.path, reason: firstOf(issue.issues).reason };
  if (issue.code === "invalid_union") return inUnion(issue);
  return { path: issue.path, reason: issue.message };
}

/** Of several forms, what is wrong with the one that was meant: the others fail at once. */
function inUnion({ path, errors }: z.core.$ZodIssueInvalidUnion): Issue {
  const meant = errors.find(([first]) => first !== undefined && first.code !== "invalid_type") ?? errors[0];
  const inner = firstOf(meant ?? []);
  return { path: [...path, ...inner.path], reason: inner.reason };
}

function invalid(file: string, { line, path, reason }: Omit<RulesFault, "column">): HostError {
  const place = line === null ? file : `${file}, line ${line}`;
  const what = path === "" ? reason : `${path}: ${reason}`;
  return new HostError("config.invalid", `The settings cannot be used (${place}): ${what}`, {
    hint: "Correct the file, or move it away to go on without it",
  });
}
