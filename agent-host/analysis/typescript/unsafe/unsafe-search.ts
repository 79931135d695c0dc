import * as ts from "typescript-parser";
import type { Finding, Severity } from "../../../protocol/finding.ts";
import type { FileRole } from "../../files/file-role.ts";
import { finding } from "../../rules/rule.ts";
import type { Positions } from "../positions.ts";
import { lastName } from "./bindings.ts";
import { deserializeSink, evalSink, functionSink, shellSink, vmSink } from "./code-sinks.ts";
import {
  dangerousHtmlSink,
  htmlCallSink,
  innerHtmlSink,
  postMessageSink,
  responseSink,
} from "./html-sinks.ts";
import {
  fileSink,
  filterSink,
  forgerySink,
  patternSink,
  redirectSink,
  sendFileSink,
} from "./request-sinks.ts";
import {
  cipherSink,
  corsSink,
  hashSink,
  optionSink,
  randomSink,
  tlsVariableSink,
  tokenSink,
} from "./setting-sinks.ts";
import type { Risk, Sink, SinkContext } from "./sink.ts";
import { sqlSink } from "./sql-sinks.ts";
import { ValueJudge } from "./value-judge.ts";

interface Candidate {
  readonly node: ts.Node;
  readonly sinks: readonly Sink<ts.Node>[];
  readonly names: readonly string[];
}

const maxCandidates = 2_000;
const maxTextLength = 80;
/** More of one kind in one file are told as one finding. */
const maxApart = 3;

/**
 * Collects the few places of a file that could be dangerous while it is walked, by name alone; looks at them closely
 * afterwards, when most files have none left.
 */
export class UnsafeSearch {
  private readonly candidates: Candidate[] = [];
  private readonly source: ts.SourceFile;
  private readonly isJudged: boolean;
  private readonly role: FileRole;

  constructor(source: ts.SourceFile, role: FileRole) {
    this.source = source;
    this.role = role;
    this.isJudged = role !== "test" && role !== "fixture" && role !== "docs" && role !== "declaration";
  }

  call(node: ts.CallExpression, names: readonly string[]): void {
    const name = lastName(node.expression);
    if (name === undefined || !this.isJudged) return;
    const sinks = callSinks.get(name);
    if (sinks !== undefined) this.note(node, sinks, names);
    if (name === "random" && this.textOf(node.expression) === "Math.random")
      this.note(node, [randomSink], names);
  }

  construct(node: ts.NewExpression, names: readonly string[]): void {
    const sinks = ts.isIdentifier(node.expression) ? constructSinks.get(node.expression.text) : undefined;
    const viaVm = lastName(node.expression) === "Script" ? [vmSink] : undefined;
    if (this.isJudged && (sinks ?? viaVm) !== undefined)
      this.note(node, (sinks ?? viaVm) as Sink<ts.NewExpression>[], names);
  }

  assignment(node: ts.BinaryExpression, names: readonly string[]): void {
    const name = lastName(node.left);
    if (name === undefined || !this.isJudged || !ts.isPropertyAccessExpression(node.left)) return;
    if (name === "innerHTML" || name === "outerHTML" || name === "srcdoc")
      this.note(node, [innerHtmlSink], names);
    else if (name === "NODE_TLS_REJECT_UNAUTHORIZED") this.note(node, [tlsVariableSink], names);
  }

  property(node: ts.PropertyAssignment, names: readonly string[]): void {
    if (this.isJudged && ts.isIdentifier(node.name) && optionNames.has(node.name.text))
      this.note(node, [optionSink], names);
  }

  attribute(node: ts.JsxAttribute, names: readonly string[]): void {
    if (this.isJudged && ts.isIdentifier(node.name) && node.name.text === "dangerouslySetInnerHTML") {
      this.note(node, [dangerousHtmlSink], names);
    }
  }

  /** Judges what was collected. */
  findings(path: string, positions: Positions): Finding[] {
    if (this.candidates.length === 0) return [];
    const source = new LazyFile(this.source);
    const risks: Risk[] = [];
    for (const { node, sinks, names } of this.candidates) {
      const context: SinkContext = {
        names,
        get judge() {
          return source.judge();
        },
        mentions: (pattern) => source.mentions(pattern),
        textOf: (part) => this.textOf(part),
      };
      for (const sink of sinks) {
        const risk = sink(node, context);
        if (risk !== undefined) risks.push(risk);
      }
    }
    const lineOf = (node: ts.Node): number => positions.range(node.getStart(this.source), node.end).startLine;
    return mergeLike(risks, lineOf).map((group) => this.describe(group, path, positions));
  }

  private describe(group: readonly Risk[], path: string, positions: Positions): Finding {
    const risk = group[0] as Risk;
    const rangeOf = (node: ts.Node) =>
      positions.range(node.getStart(this.source), Math.min(node.end, lineEnd(node, this.source)));
    const more = group.length > 1 ? `, and so on in ${group.length - 1} more places of this file` : "";
    return finding(risk.rule, {
      file: path,
      range: rangeOf(risk.node),
      message: `${risk.message}${more}`,
      evidence: positions.lineText(risk.node.getStart(this.source)),
      severity: this.lowered(risk.severity ?? risk.rule.severity),
      related: group
        .slice(1)
        .map(({ node, message }) => ({ file: path, range: rangeOf(node), note: message })),
    });
  }

  /** Scripts run on the developer's machine with the developer's input. */
  private lowered(severity: Severity): Severity {
    if (this.role === "source") return severity;
    return severity === "error" ? "warning" : "info";
  }

  private note<N extends ts.Node>(node: ts.Node, sinks: readonly Sink<N>[], names: readonly string[]): void {
    if (this.candidates.length >= maxCandidates) return;
    this.candidates.push({ node, sinks: sinks as unknown as readonly Sink<ts.Node>[], names });
  }

  private textOf(node: ts.Node): string {
    const text = this.source.text.slice(node.getStart(this.source), node.end).replace(/\s+/g, " ");
    return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength - 1)}…`;
  }
}

/** What sinks ask about the whole file, answered once. */
class LazyFile {
  private readonly source: ts.SourceFile;
  private readonly answers = new Map<RegExp, boolean>();
  private values: ValueJudge | undefined;

  constructor(source: ts.SourceFile) {
    this.source = source;
  }

  judge(): ValueJudge {
    this.values ??= new ValueJudge(this.source);
    return this.values;
  }

  mentions(pattern: RegExp): boolean {
    const known = this.answers.get(pattern);
    if (known !== undefined) return known;
    const answer = pattern.test(this.source.text);
    this.answers.set(pattern, answer);
    return answer;
  }
}

function lineEnd(node: ts.Node, source: ts.SourceFile): number {
  const end = source.text.indexOf("\n", node.getStart(source));
  return end === -1 ? node.end : end;
}

/** Keeps single risks apart, and joins many of the same rule and severity. */
function mergeLike(risks: readonly Risk[], lineOf: (node: ts.Node) => number): Risk[][] {
  const groups = new Map<string, Risk[]>();
  for (const risk of risks) {
    const key = `${risk.rule.id} ${risk.severity ?? risk.rule.severity}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    // Twice on a line it is one thing to look at.
    if (!group.some((other) => lineOf(other.node) === lineOf(risk.node))) group.push(risk);
  }
  return [...groups.values()].flatMap((group) =>
    group.length > maxApart && group[0]?.severity !== "error" ? [group] : group.map((risk) => [risk]),
  );
}

const optionNames: ReadonlySet<string> = new Set([
  "rejectUnauthorized",
  "strictSSL",
  "nodeIntegration",
  "contextIsolation",
  "webSecurity",
]);

const constructSinks: ReadonlyMap<string, readonly Sink<ts.NewExpression>[]> = new Map([
  ["Function", [functionSink]],
  ["RegExp", [patternSink]],
  ["Script", [vmSink]],
]);

const callSinks: ReadonlyMap<string, readonly Sink<ts.CallExpression>[]> = callTable([
  [["eval", "setTimeout", "setInterval"], evalSink],
  [["Function"], functionSink],
  [["RegExp"], patternSink],
  [["runInNewContext", "runInThisContext", "runInContext", "compileFunction"], vmSink],
  [
    [
      "exec",
      "execSync",
      "spawn",
      "spawnSync",
      "execFile",
      "execFileSync",
      "execAsync",
      "execPromise",
      "execP",
    ],
    shellSink,
  ],
  [["command", "commandSync", "execaCommand", "execaCommandSync"], shellSink],
  [
    [
      "query",
      "execute",
      "raw",
      "exec",
      "run",
      "all",
      "get",
      "each",
      "prepare",
      "unsafe",
      "literal",
      "queryRaw",
      "sql",
    ],
    sqlSink,
  ],
  [
    ["$queryRawUnsafe", "$executeRawUnsafe", "executeSql", "executeQuery", "runQuery", "createNativeQuery"],
    sqlSink,
  ],
  [["write", "writeln", "insertAdjacentHTML", "html", "bypassSecurityTrustHtml"], htmlCallSink],
  [["send", "end", "write"], responseSink],
  [["postMessage"], postMessageSink],
  [
    [
      "readFile",
      "readFileSync",
      "writeFile",
      "writeFileSync",
      "appendFile",
      "appendFileSync",
      "createReadStream",
      "createWriteStream",
      "unlink",
      "unlinkSync",
      "rm",
      "rmSync",
      "rmdir",
      "readdir",
      "readdirSync",
      "open",
      "openSync",
    ],
    fileSink,
  ],
  [["sendFile", "sendfile", "download"], sendFileSink],
  [["redirect"], redirectSink],
  [["fetch", "get", "post", "put", "request", "axios", "got"], forgerySink],
  [["find", "findOne", "findOneAndUpdate", "updateOne", "updateMany", "deleteOne", "deleteMany"], filterSink],
  [["update"], hashSink],
  [["createCipheriv", "createCipher", "createDecipheriv"], cipherSink],
  [["verify", "sign", "jwt", "expressjwt"], tokenSink],
  [["cors"], corsSink],
  [["unserialize", "deserialize"], deserializeSink],
]);

function callTable(
  rows: readonly (readonly [readonly string[], Sink<ts.CallExpression>])[],
): Map<string, Sink<ts.CallExpression>[]> {
  const table = new Map<string, Sink<ts.CallExpression>[]>();
  for (const [names, sink] of rows) {
    for (const name of names) table.set(name, [...(table.get(name) ?? []), sink]);
  }
  return table;
}
