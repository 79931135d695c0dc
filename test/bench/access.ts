import { compileFoldedGlobs, compileGlobs } from "../../agent-host/rules/scope.ts";
import type { AccessRules } from "../../agent-host/security/access-decision.ts";
import { accessDecider } from "../../agent-host/security/decide-access.ts";
import type { Access } from "../../agent-host/tools/tool.ts";
import { type Measurement, median } from "./measure.ts";

const rounds = 15;
const repetitions = 4_000;
const maxMicroseconds = 20;

const rules: AccessRules = {
  scope: {
    paths: ["src/**", "test/**", "docs/**", "*.md"],
    commands: Array.from({ length: 20 }, (_, each) => ["npm", "run", `script-${each}`]),
    hosts: [],
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
};

const accesses: readonly Access[] = [
  { kind: "read", paths: ["src/team/runs.ts"] },
  { kind: "write", path: "src/team/deeply/nested/folder/run-list.ts", verb: "edit" },
  { kind: "write", path: ".vscode/settings.json", verb: "create" },
  { kind: "command", argv: ["npm", "run", "script-19", "--", "--reporter=dot"], folder: "." },
  { kind: "command", argv: ["git", "log", "--oneline", "-n", "20", "--", "src/team"], folder: "." },
  { kind: "command", argv: ["sh", "-c", "cd src && for f in *.ts; do wc -l $f; done"], folder: "." },
];

/** One decision of each kind, against parsing a small JSON object. */
export async function run(): Promise<Measurement[]> {
  const decide = accessDecider({ compileGlobs, compileFoldedGlobs });
  const text = JSON.stringify({ name: "x".repeat(150), list: [1, 2, 3], nested: { yes: true } });
  const floor = microseconds(() => JSON.parse(text));
  return accesses.map((access) => ({
    name: `decision on ${access.kind} ${"argv" in access ? access.argv.slice(0, 2).join(" ") : ""}`.trim(),
    value: microseconds(() => decide(access, rules)),
    unit: "µs",
    baseline: { name: `JSON.parse of ${text.length} bytes`, value: floor },
    limit: maxMicroseconds,
  }));
}

function microseconds(act: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    for (let each = 0; each < repetitions; each += 1) act();
    return ((performance.now() - startedAt) * 1_000) / repetitions;
  });
  return median(times);
}
