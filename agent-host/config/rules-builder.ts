import { digestOf, sha256 } from "../core/digest.ts";
import type { RulesSource } from "../protocol/decision-terms.ts";
import type { Rules } from "../protocol/rules.ts";
import type { EffectiveRules, InertRules, RulesPart, RulesRefusal } from "./effective-rules.ts";
import { documentOfValue, layPart } from "./lay-part.ts";
import type { FileContent } from "./read-rules-file.ts";
import { type Parsed, parseRulesFile, type RulesDocument, type RulesFault } from "./rules-file.ts";
import type { VariableOverlay, VariableRefusal } from "./rules-variables.ts";

/** A file as it was found. */
export interface RulesReading {
  readonly source: RulesSource;
  /** What it is called in refusals and parts. */
  readonly name: string;
  readonly content: FileContent;
  /** It must be there. */
  readonly isWanted: boolean;
}

export interface Readings {
  /** The person's own files, weakest first. */
  readonly files: readonly RulesReading[];
  readonly variables: {
    readonly overlays: readonly VariableOverlay[];
    readonly refusals: readonly VariableRefusal[];
  };
  /** null: the workspace is not trusted, and nothing of it was read. */
  readonly workspace: { readonly reading: RulesReading; readonly approved: ReadonlySet<string> } | null;
}

interface Version {
  readonly sha256: string;
  readonly document: RulesDocument;
}

/** Joins the parts, strongest last, and remembers the last good version of each file while that file is there. */
export class RulesBuilder {
  private readonly shipped: RulesPart;
  private readonly shippedRules: Rules;
  private readonly lastGood = new Map<string, Version>();

  constructor(shipped: { rules: Rules; sha256: string }) {
    this.shippedRules = shipped.rules;
    this.shipped = { source: "shipped", name: "rules.yaml", sha256: shipped.sha256 };
  }

  build({ files, variables, workspace }: Readings): EffectiveRules {
    const draft = new Draft(this.shippedRules, this.shipped);
    for (const reading of files) this.layFile(draft, reading, false);
    for (const { name, path, reason } of variables.refusals) {
      draft.refuse({ source: "user", name }, { line: null, column: null, path, reason }, false);
    }
    for (const { name, path, value } of variables.overlays) {
      const laid = layPart(draft.rules, documentOfValue(path, value), false);
      const part: RulesPart = { source: "user", name, sha256: sha256(String(value)) };
      if (laid.kind === "ok") draft.add(part, laid.value);
      else draft.refuse(part, laid.fault, false);
    }
    const inert = workspace === null ? this.forget("workspace") : this.layWorkspace(draft, workspace);
    return draft.finish(inert);
  }

  private layFile(draft: Draft, reading: RulesReading, onlyTightens: boolean): void {
    const { source, name, content, isWanted } = reading;
    const key = keyOf(reading);
    if (content.kind === "none" && !isWanted) {
      this.lastGood.delete(key);
      return;
    }
    const found = versionOf(content);
    const laid = found.kind === "refused" ? found : layPart(draft.rules, found.value.document, onlyTightens);
    if (found.kind === "ok" && laid.kind === "ok") {
      this.lastGood.set(key, found.value);
      draft.add({ source, name, sha256: found.value.sha256 }, laid.value);
      return;
    }
    const keepsLast = this.layLastGood(draft, reading, onlyTightens);
    if (laid.kind === "refused") draft.refuse({ source, name }, laid.fault, keepsLast);
  }

  private layLastGood(draft: Draft, reading: RulesReading, onlyTightens: boolean): boolean {
    const last = this.lastGood.get(keyOf(reading));
    const laid = last === undefined ? null : layPart(draft.rules, last.document, onlyTightens);
    if (last === undefined || laid?.kind !== "ok") return false;
    draft.add({ source: reading.source, name: reading.name, sha256: last.sha256 }, laid.value);
    return true;
  }

  /** What is not approved is looked at, so that nobody is asked to approve what would be refused. */
  private layWorkspace(
    draft: Draft,
    { reading, approved }: NonNullable<Readings["workspace"]>,
  ): InertRules | null {
    const last = this.lastGood.get(keyOf(reading));
    if (last !== undefined && !approved.has(last.sha256)) this.lastGood.delete(keyOf(reading));
    const found = versionOf(reading.content);
    if (found.kind === "refused" || approved.has(found.value.sha256)) {
      this.layFile(draft, reading, true);
      return null;
    }
    const laid = layPart(draft.rules, found.value.document, true);
    const keepsLast = this.layLastGood(draft, reading, true);
    if (laid.kind === "ok") return inertOf(reading, found.value.sha256);
    draft.refuse(reading, laid.fault, keepsLast);
    return null;
  }

  private forget(source: RulesSource): null {
    for (const key of this.lastGood.keys()) if (key.startsWith(`${source} `)) this.lastGood.delete(key);
    return null;
  }
}

/** Rules on the way from the shipped ones to those in force. */
class Draft {
  rules: Rules;
  private readonly parts: RulesPart[];
  private readonly refusals: RulesRefusal[] = [];

  constructor(rules: Rules, part: RulesPart) {
    this.rules = rules;
    this.parts = [part];
  }

  add(part: RulesPart, rules: Rules): void {
    this.rules = rules;
    this.parts.push(part);
  }

  refuse(
    { source, name }: Pick<RulesRefusal, "source" | "name">,
    fault: RulesFault,
    keepsLast: boolean,
  ): void {
    this.refusals.push({ source, name, ...fault, keepsLast });
  }

  finish(inert: InertRules | null): EffectiveRules {
    const { rules, parts, refusals } = this;
    return { rules, checksum: digestOf(rules), parts, inert, refusals };
  }
}

function keyOf({ source, name }: RulesReading): string {
  return `${source} ${name}`;
}

function versionOf(content: FileContent): Parsed<Version> {
  if (content.kind === "bytes") {
    const parsed = parseRulesFile(content.bytes);
    if (parsed.kind === "refused") return parsed;
    return { kind: "ok", value: { sha256: sha256(content.bytes), document: parsed.value } };
  }
  const reason = content.kind === "none" ? "there is no such file" : content.reason;
  return { kind: "refused", fault: { line: null, column: null, path: "", reason } };
}

function inertOf({ name, content }: RulesReading, hash: string): InertRules {
  const text = content.kind === "bytes" ? new TextDecoder().decode(content.bytes) : "";
  return { path: name, sha256: hash, text };
}
