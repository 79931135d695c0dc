import type { Finding, Place, Range, Severity } from "../../protocol/finding.ts";
import type { SourceFile } from "../file-facts.ts";
import { isAsidePath } from "../files/file-role.ts";
import { finding, type Rule } from "../rules/rule.ts";
import { LineIndex } from "../text/line-index.ts";

/** What a check of one manifest has to say at one place; offsets into the text. */
export interface ManifestProblem {
  readonly from: number;
  readonly to: number;
  readonly message: string;
  readonly severity?: Severity;
  readonly identity?: string;
  readonly related?: readonly { from: number; to: number; note?: string }[];
}

/** Collects the findings of one manifest. */
export class ManifestFile {
  readonly path: string;
  readonly text: string;
  readonly findings: Finding[] = [];
  private readonly lines: LineIndex;

  constructor(file: SourceFile) {
    this.path = file.path;
    this.text = file.text;
    this.lines = new LineIndex(file.text);
  }

  /** Tests, examples and templates: what they install is seldom what runs in earnest. */
  get isAside(): boolean {
    return isAsidePath(this.path);
  }

  get lineCount(): number {
    return this.lines.lineCount;
  }

  report(rule: Rule, problem: ManifestProblem): void {
    if (this.findings.length >= maxFindings) return;
    const { from, to, related = [], ...rest } = problem;
    const evidence = this.text.slice(from, to).replaceAll(/\s+/g, " ").slice(0, 200);
    this.findings.push(
      finding(rule, {
        ...rest,
        file: this.path,
        range: this.range(from, to),
        evidence,
        related: related.map((place) => this.place(place)),
      }),
    );
  }

  private place(place: { from: number; to: number; note?: string }): Place {
    const { from, to, note } = place;
    return { file: this.path, range: this.range(from, to), ...(note === undefined ? {} : { note }) };
  }

  private range(from: number, to: number): Range {
    return this.lines.range(from, Math.max(from, to));
  }
}

const maxFindings = 200;
