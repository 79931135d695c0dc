import type * as ts from "typescript-parser";
import type { FunctionFact } from "../file-facts.ts";
import type { Positions } from "./positions.ts";

interface Frame {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly parameters: number;
  /** Branches outside flat `case` clauses, plus one. */
  complexity: number;
  cases: number;
  nesting: number;
  maxNesting: number;
}

/** Measures functions while a walk enters and leaves them; a nested function counts for itself only. */
export class FunctionFrames {
  readonly facts: FunctionFact[] = [];
  private readonly frames: Frame[] = [];
  private current: Frame | undefined;
  private readonly positions: Positions;

  constructor(positions: Positions) {
    this.positions = positions;
  }

  enter(name: string, node: ts.SignatureDeclaration, start: number): void {
    this.current = {
      name,
      start,
      end: node.end,
      parameters: node.parameters.length,
      complexity: 1,
      cases: 0,
      nesting: 0,
      maxNesting: 0,
    };
    this.frames.push(this.current);
  }

  leave(): void {
    const frame = this.frames.pop();
    this.current = this.frames[this.frames.length - 1];
    if (frame === undefined) return;
    const range = this.positions.range(frame.start, frame.end);
    const complexity = frame.complexity + frame.cases;
    this.facts.push({
      name: frame.name,
      range,
      complexity,
      parameters: frame.parameters,
      lines: range.endLine - range.startLine + 1,
      maxNesting: frame.maxNesting,
      ...(isTableLike(frame) ? { tableLike: true } : {}),
    });
  }

  /** Name of the innermost function, or "". */
  currentName(): string {
    return this.current?.name ?? "";
  }

  branch(): void {
    if (this.current !== undefined) this.current.complexity += 1;
  }

  flatCase(): void {
    if (this.current !== undefined) this.current.cases += 1;
  }

  nest(): void {
    const frame = this.current;
    if (frame === undefined) return;
    frame.nesting += 1;
    if (frame.nesting > frame.maxNesting) frame.maxNesting = frame.nesting;
  }

  unnest(): void {
    if (this.current !== undefined) this.current.nesting -= 1;
  }
}

/** A lookup written as a switch: what is left without its flat cases is simple. */
function isTableLike(frame: Frame): boolean {
  return frame.cases >= 8 && frame.complexity <= 8;
}
