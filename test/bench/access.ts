import { HostError } from "../../agent-host/core/host-error.ts";
import { compileFoldedGlobs, compileGlobs } from "../../agent-host/rules/scope.ts";
import type { AccessRules } from "../../agent-host/security/access-decision.ts";
import { accessDecider } from "../../agent-host/security/decide-access.ts";
import type { ShellLine } from "../../agent-host/security/shell/shell-line.ts";
import { ShellParser } from "../../agent-host/security/shell/shell-parser.ts";
import type { Access } from "../../agent-host/tools/tool.ts";
import { type Measurement, median } from "./measure.ts";

const rounds = 15;
const repetitions = 4_000;
const maxMicroseconds = 20;
const maxParseMicroseconds = 1_000;
const grammar = new URL("../../node_modules/@vscode/tree-sitter-wasm/wasm/", import.meta.url);

const rules: AccessRules = {
  scope: {
    paths: ["src/**", "test/**", "docs/**", "*.md"],
    commands: Array.from({ length: 20 }, (_, each) => ["npm", "run", `script-${each}`]),
    hosts: Array.from({ length: 20 }, (_, each) => `*.host-${each}.example`),
    maxFiles: 200,
    maxLines: 20_000,
  },
  taskPaths: ["src/**"],
  controlPlane: [
    ...[".vscode/**", ".github/workflows/**", "**/.mcp.json", "*.code-workspace", ".husky/**", ".cursor/**"],
    ...[
      ".claude/**",
      ".devcontainer/**",
      ".gitlab-ci.yml",
      "**/.bashrc",
      "**/.profile",
      "azure-pipelines*.yml",
    ],
  ],
  assurance: "sandboxed",
  granted: Array.from({ length: 20 }, (_, each) => `["tool-${each}","run"]`),
  isTainted: false,
};

const accesses: readonly Access[] = [
  { kind: "read", paths: ["src/team/runs.ts"] },
  { kind: "write", files: [{ path: "src/team/deeply/nested/folder/run-list.ts", verb: "edit" }] },
  { kind: "write", files: [{ path: ".vscode/settings.json", verb: "create" }] },
  { kind: "command", argv: ["npm", "run", "script-19", "--", "--reporter=dot"], folder: "." },
  { kind: "command", argv: ["git", "log", "--oneline", "-n", "20", "--", "src/team"], folder: "." },
  { kind: "command", argv: ["sh", "-c", "cd src && for f in *.ts; do wc -l $f; done"], folder: "." },
  { kind: "command", argv: ["sh", "-c", "npm run script-3 2>&1 | tail -n 20 && git status"], folder: "." },
  { kind: "connect", url: "https://docs.host-19.example/a/b?c=d", host: "docs.host-19.example" },
];

/** One decision of each kind, against parsing a small JSON object; what is read of a shell line is measured apart. */
export async function run(): Promise<Measurement[]> {
  const shell = new ShellParser(grammar);
  const fault = await shell.load();
  if (fault !== null) throw new HostError("bench.noGrammar", fault);
  const lines = new Map<string, ShellLine>();
  const read = (line: string): ShellLine => {
    const known = lines.get(line) ?? shell.parse(line);
    lines.set(line, known);
    return known;
  };
  const decide = accessDecider({ compileGlobs, compileFoldedGlobs }, read);
  const text = JSON.stringify({ name: "x".repeat(150), list: [1, 2, 3], nested: { yes: true } });
  const floor = microseconds(() => JSON.parse(text));
  const reading: Measurement = {
    name: "reading a shell line of four commands",
    value: microseconds(
      () => shell.parse("npm test 2>&1 | tail -n 20 && git status --short; echo done"),
      200,
    ),
    unit: "µs",
    limit: maxParseMicroseconds,
  };
  const decisions = accesses.map(
    (access): Measurement => ({
      name: `decision on ${access.kind} ${"argv" in access ? access.argv.slice(0, 2).join(" ") : ""}`.trim(),
      value: microseconds(() => decide(access, rules)),
      unit: "µs",
      baseline: { name: `JSON.parse of ${text.length} bytes`, value: floor },
      limit: maxMicroseconds,
    }),
  );
  return [...decisions, reading];
}

function microseconds(act: () => unknown, each = repetitions): number {
  const times = Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    for (let done = 0; done < each; done += 1) act();
    return ((performance.now() - startedAt) * 1_000) / each;
  });
  return median(times);
}
