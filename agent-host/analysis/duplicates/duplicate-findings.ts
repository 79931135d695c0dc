import type { Finding, Place } from "../../protocol/finding.ts";
import type { DuplicateTokens, FileFacts } from "../file-facts.ts";
import { type FileRole, roleOf } from "../files/file-role.ts";
import { duplicateBlock } from "../rules/duplication-rules.ts";
import { finding } from "../rules/rule.ts";
import {
  type Copy,
  findCopies,
  firstLine,
  lastLine,
  linesOf,
  type Region,
  type TokenFile,
} from "./find-copies.ts";
import { type Fingerprints, fingerprintsOf } from "./fingerprints.ts";

export interface DuplicateReport {
  readonly findings: readonly Finding[];
  /** Lines of sources that repeat other lines; each counts once. */
  readonly duplicatedLines: number;
}

const minTokens = 50;
const minLines = 8;
const largeLines = 60;
const maxSourceFindings = 200;
const maxTestFindings = 5;
// In scripts and tests some repetition is deliberate, in fixtures and examples all of it.
const sourceRoles: ReadonlySet<FileRole> = new Set(["source", "script"]);

// Pictures written as code resemble each other as pictures do.
const drawings = /(?:^|\/)icons?(?:\/|\.[jt]sx?$)/i;

/** Finds copied code and keeps the fingerprints of files that did not change. */
export class DuplicateSearch {
  private readonly known = new WeakMap<DuplicateTokens, Fingerprints>();
  private readonly sources = new CopyMemory();
  private readonly tests = new CopyMemory();

  find(facts: readonly FileFacts[]): DuplicateReport {
    const sources = this.sources.groupsOf(this.filesOf(facts, (role) => sourceRoles.has(role)));
    const tests = this.tests.groupsOf(this.filesOf(facts, (role) => role === "test"));
    return {
      findings: [
        ...byFilePair(sources)
          .slice(0, maxSourceFindings)
          .map((groups) => describe(groups, false)),
        ...byFilePair(tests)
          .slice(0, maxTestFindings)
          .map((groups) => describe(groups, true)),
      ],
      duplicatedLines: sources.reduce(
        (sum, { copies }) => sum + copies.reduce((lines, copy) => lines + linesOf(copy), 0),
        0,
      ),
    };
  }

  private filesOf(facts: readonly FileFacts[], wants: (role: FileRole) => boolean): TokenFile[] {
    const files: TokenFile[] = [];
    const paths = new Set(facts.map(({ path }) => path));
    for (const { path, duplicateTokens: tokens } of facts) {
      // A build put it beside its source.
      if (/\.jsx?$/.test(path) && paths.has(path.replace(/js(x?)$/, "ts$1"))) continue;
      if (
        tokens === undefined ||
        tokens.hashes.length < minTokens ||
        !wants(roleOf(path)) ||
        drawings.test(path)
      )
        continue;
      let fingerprints = this.known.get(tokens);
      if (fingerprints === undefined) {
        fingerprints = fingerprintsOf(tokens);
        this.known.set(tokens, fingerprints);
      }
      files.push({ path, tokens, fingerprints });
    }
    return files;
  }
}

/** The last answer, good as long as no file of its kind changed. */
class CopyMemory {
  private files: readonly TokenFile[] = [];
  private groups: readonly CopyGroup[] = [];

  groupsOf(files: readonly TokenFile[]): readonly CopyGroup[] {
    const isSame =
      files.length === this.files.length &&
      files.every((file, index) => file.tokens === this.files[index]?.tokens);
    if (!isSame) {
      this.files = files;
      this.groups = groupCopies(findCopies(files, limits));
    }
    return this.groups;
  }
}

const limits = { minTokens, minLines };

interface CopyGroup {
  readonly original: Region;
  readonly copies: Region[];
}

/** Largest first; what lies inside a larger copy is not told again. */
function groupCopies(copies: readonly Copy[]): CopyGroup[] {
  const bySize = [...copies].sort((a, b) => linesOf(b.copy) - linesOf(a.copy) || sizeOf(b) - sizeOf(a));
  const told = new Map<string, Region[]>();
  const groups: CopyGroup[] = [];
  const byOriginal = new Map<string, CopyGroup[]>();
  for (const { original, copy } of bySize) {
    const before = told.get(copy.file.path) ?? [];
    if (before.some((region) => overlap(region, copy) * 2 > linesOf(copy))) continue;
    told.set(copy.file.path, [...before, copy]);
    const near = byOriginal.get(original.file.path) ?? [];
    const group = near.find((known) => overlap(known.original, original) * 10 > linesOf(known.original) * 8);
    if (group !== undefined) {
      group.copies.push(copy);
      continue;
    }
    const created: CopyGroup = { original, copies: [copy] };
    groups.push(created);
    byOriginal.set(original.file.path, [...near, created]);
  }
  return groups.sort((a, b) => weight(b) - weight(a));
}

/** Two files that share several blocks are one finding, not many. */
function byFilePair(groups: readonly CopyGroup[]): CopyGroup[][] {
  const pairs = new Map<string, CopyGroup[]>();
  for (const group of groups) {
    const files = [...new Set(group.copies.map((copy) => copy.file.path))].sort();
    const key = [group.original.file.path, ...files].join("\0");
    pairs.set(key, [...(pairs.get(key) ?? []), group]);
  }
  const sum = (pair: readonly CopyGroup[]): number => pair.reduce((total, group) => total + weight(group), 0);
  return [...pairs.values()].sort((a, b) => sum(b) - sum(a));
}

function weight({ original, copies }: CopyGroup): number {
  return linesOf(original) * copies.length;
}

function sizeOf({ copy }: Copy): number {
  return copy.end - copy.start;
}

function overlap(a: Region, b: Region): number {
  return Math.max(0, Math.min(lastLine(a), lastLine(b)) - Math.max(firstLine(a), firstLine(b)) + 1);
}

function describe(groups: readonly CopyGroup[], isTest: boolean): Finding {
  const [largest] = groups;
  const original = largest?.original as Region;
  const lines = groups.reduce((sum, group) => sum + linesOf(group.original), 0);
  const elements = groups.reduce((sum, group) => sum + group.original.end - group.original.start, 0);
  const repeated = groups.reduce((sum, group) => sum + weight(group), 0);
  const places = (largest?.copies ?? []).map(placeOf);
  const more = groups.slice(1).flatMap((group) => [group.original, ...group.copies].map(placeOf));
  const blocks = groups.length === 1 ? "" : ` in ${groups.length} blocks`;
  const others = places.length === 1 ? `in ${atLine(places[0])}` : `in ${places.length} other places`;
  return finding(duplicateBlock, {
    file: original.file.path,
    range: placeOf(original).range,
    message: `${lines} lines${blocks} are repeated ${others}`,
    evidence: `${elements} equal syntax elements; copies at ${places.slice(0, 5).map(atLine).join(", ")}`,
    severity: !isTest && repeated >= largeLines ? "warning" : "info",
    related: [...places, ...more],
    identity: digest(original),
  });
}

function placeOf(region: Region): Place {
  const range = { startLine: firstLine(region), startColumn: 1, endLine: lastLine(region) + 1, endColumn: 1 };
  return { file: region.file.path, range, note: "the same code" };
}

function atLine(place: Place | undefined): string {
  return place === undefined ? "" : `${place.file}:${place.range.startLine}`;
}

function digest({ file, start, end }: Region): string {
  let hash = 0;
  for (let index = start; index < end; index += 1)
    hash = (Math.imul(hash, 31) + (file.tokens.hashes[index] ?? 0)) | 0;
  return `${end - start} ${hash >>> 0}`;
}
