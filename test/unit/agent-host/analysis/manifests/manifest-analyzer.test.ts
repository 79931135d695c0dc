import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SourceFile } from "../../../../../agent-host/analysis/file-facts.ts";
import { checkLockfiles } from "../../../../../agent-host/analysis/manifests/check-lockfiles.ts";
import {
  isManifest,
  manifestAnalyzer,
} from "../../../../../agent-host/analysis/manifests/manifest-analyzer.ts";
import { type Finding, findingSchema } from "../../../../../agent-host/protocol/finding.ts";

function source(path: string, text: string): SourceFile {
  return { path, text, language: "manifest", bytes: Buffer.byteLength(text) };
}

function short(found: readonly Finding[]): string[] {
  return found.map((each) => `${each.severity} ${each.ruleId.split("/")[1]}:${each.range.startLine}`);
}

function check(path: string, lines: readonly string[]): string[] {
  return short(manifestAnalyzer.analyze(source(path, `${lines.join("\n")}\n`)).findings);
}

const expr = (inner: string) => ["$", "{{ ", inner, " }}"].join("");

test("manifests are told by their path", () => {
  const yes = [
    "package.json",
    "a/package.json",
    "requirements-dev.txt",
    "requirements/base.txt",
    "pyproject.toml",
    "Dockerfile",
    "a/Dockerfile.prod",
    ".github/workflows/ci.yml",
    "compose.yaml",
    "docker-compose.dev.yml",
    "action.yml",
  ];
  const no = [
    "package-lock.json",
    "docs/requirements.md",
    "a.yml",
    ".github/dependabot.yml",
    "Dockerfile.dockerignore",
    "src/compose.ts",
  ];
  expect([yes.filter(isManifest), no.filter(isManifest)]).toEqual([yes, []]);
});

describe("package.json", () => {
  test("reports moving tags together and repositories without a commit", () => {
    const lines = [
      "{",
      '\t"name": "a",',
      '\t"dependencies": {',
      '\t\t"a": "^1.2.0",',
      '\t\t"b": "latest",',
      '\t\t"c": "next",',
      '\t\t"d": "github:u/d",',
      '\t\t"e": "git+https://h.io/e.git#main",',
      '\t\t"f": "u/f#v1.2.3",',
      '\t\t"g": "git+https://h.io/g.git#0123456789abcdef0123456789abcdef01234567",',
      '\t\t"h": "http://h.io/h.tgz",',
      '\t\t"i": "workspace:*", "j": "file:../j", "k": "npm:l@^2", "m": "~1", "n": "1 - 2", "o": "git+ssh://h.io/o#semver:^1"',
      "\t},",
      '\t"peerDependencies": { "b": "*" }',
      "}",
    ];
    expect(check("package.json", lines)).toEqual([
      "warning unpinned:5",
      "warning unpinned-source:7",
      "warning unpinned-source:8",
      "info unpinned-source:9",
      "error unpinned-source:11",
    ]);
    const [tags] = manifestAnalyzer.analyze(source("package.json", lines.join("\n"))).findings;
    expect(tags).toMatchObject({
      evidence: '"b": "latest"',
      range: { startLine: 5, startColumn: 3, endLine: 5, endColumn: 16 },
      related: [{ range: { startLine: 6 } }],
    });
    expect(check("examples/x/package.json", ['{ "dependencies": { "b": "latest" } }'])).toEqual([]);
  });

  test("that is no JSON is a parse problem, not a finding", () => {
    const facts = manifestAnalyzer.analyze(source("package.json", '{ "name": {{name}} }'));
    expect([facts.findings, facts.parseProblem]).toEqual([[], "not a JSON object"]);
  });
});

describe("lock files", () => {
  const app = source(
    "package.json",
    '{ "private": true,\n "dependencies": { "a": "^1", "b": "*", "own": "*" } }',
  );
  const own = source(
    "packages/own/package.json",
    '{ "name": "own", "main": "a.js", "dependencies": { "a": ">=1.0" } }',
  );

  test("are asked of applications only, here or above", () => {
    expect(short(checkLockfiles([app, own], ["package.json"]))).toEqual([
      "warning no-lock-file:2",
      "warning unpinned:2",
      "info unpinned:1",
    ]);
    expect(short(checkLockfiles([app, own], ["package.json", "yarn.lock"]))).toEqual(["info unpinned:2"]);
    expect(
      checkLockfiles(
        [source("packages/b/package.json", '{"private":true,"dependencies":{"a":"^1"}}')],
        ["pnpm-lock.yaml"],
      ),
    ).toEqual([]);
    expect(checkLockfiles([source("templates/b/package.json", app.text)], [])).toEqual([]);
  });

  test("of two managers side by side are noted", () => {
    expect(
      short(checkLockfiles([own], ["packages/own/yarn.lock", "packages/own/package-lock.json"])),
    ).toEqual(["info two-lock-files:1"]);
  });
});

describe("requirements", () => {
  test("without versions are one finding", () => {
    const lines = [
      "# comment",
      "-r base.txt",
      "flask",
      "requests[socks]>=2 ; python_version > '3'",
      "a==1.0",
      "b==2 \\",
      "  --hash=sha256:00",
      "./local",
      "c @ https://h.io/c.whl",
      "-e .",
    ];
    expect(check("requirements.txt", lines)).toEqual(["warning unpinned-requirements:3"]);
    expect(check("requirements-dev.txt", lines)).toEqual(["info unpinned-requirements:3"]);
    expect(check("requirements.txt", ["-c constraints.txt", ...lines])).toEqual([]);
    expect(check("tests/requirements.txt", lines)).toEqual([]);
  });

  test("with an upper limit are a library's way", () => {
    expect(check("requirements.txt", ["kombu>=5.5,<6", "vine~=5.1"])).toEqual([]);
  });

  test("from repositories need a commit, and an index needs TLS", () => {
    const lines = [
      "git+https://h.io/a.git",
      "b @ git+https://u@h.io/b.git@main",
      "git+https://h.io/c.git@v1.2#egg=c",
      "git+https://h.io/d.git@0123456789abcdef#egg=d",
      "--index-url http://pypi.corp.io/",
      "--index-url https://pypi.corp.io/",
    ];
    expect(check("requirements.txt", lines)).toEqual([
      "warning unpinned-source:1",
      "warning unpinned-source:2",
      "info unpinned-source:3",
      "warning insecure-index:5",
    ]);
    expect(check("requirements/dev.txt", lines.slice(0, 1))).toEqual(["info unpinned-source:1"]);
  });
});

test("pyproject.toml: wildcards and repositories without a commit", () => {
  const lines = [
    "[project]",
    'dependencies = ["a>=1", "b @ git+https://h.io/b.git", "c @ git+https://h.io/c@0123456789abcdef0123456789abcdef01234567"]',
    "[build-system]",
    'requires = ["setuptools"]',
    "[tool.poetry.dependencies]",
    'd = "*"',
    'e = { git = "https://h.io/e.git" }',
    'f = "^1"',
  ];
  expect(check("pyproject.toml", lines)).toEqual([
    "warning unpinned-source:2",
    "info unpinned:6",
    "warning unpinned-source:7",
  ]);
  expect(manifestAnalyzer.analyze(source("pyproject.toml", "= = =")).parseProblem).toContain("not TOML");
});

describe("Dockerfile", () => {
  test("reports what can change and what runs unseen", () => {
    const lines = [
      "ARG BASE=debian",
      "FROM node AS build",
      "FROM build AS other",
      ["FROM $", "{BASE}"].join(""),
      "FROM $UNKNOWN",
      "FROM scratch",
      "FROM alpine@sha256:00",
      "FROM reg.io:5000/a/b:latest",
      "# FROM nothing",
      "RUN apt-get update && \\",
      "  curl -sSL https://h.io/i | sudo -E bash -",
      "RUN curl -o a https://h.io/a | tee log",
      "ADD https://h.io/a.tgz /",
      "ADD --checksum=sha256:0 https://h.io/a.tgz /",
      'CMD ["a"]',
    ];
    expect(check("Dockerfile", lines)).toEqual([
      "warning unpinned-image:2",
      "warning unpinned-image:4",
      "warning unpinned-image:8",
      "warning pipe-to-shell:10",
      "warning docker-remote-add:13",
      "info docker-root:15",
    ]);
  });

  test("is silent when pinned and not root", () => {
    expect(check("Dockerfile", ["FROM node:22-slim", "USER node", "CMD node ."])).toEqual([]);
    expect(
      check("Dockerfile", [
        "FROM node:22-slim",
        "RUN <<EOF",
        "FROM nowhere",
        "EOF",
        "USER 1000",
        "CMD node .",
      ]),
    ).toEqual([]);
  });
});

describe("workflows", () => {
  const steps = (...lines: string[]) => [
    "jobs:",
    "  a:",
    "    steps:",
    ...lines.map((line) => `      ${line}`),
  ];

  test("need commits for the actions of others", () => {
    expect(
      check(".github/workflows/a.yml", [
        "on: push",
        ...steps(
          "- uses: actions/checkout@v4",
          "- uses: actions/checkout@main",
          "- uses: o/a@main",
          "- uses: o/b@v1",
          "- uses: o/c@0123456789abcdef0123456789abcdef01234567 # v1",
          "- uses: ./local",
          "- uses: o/d@v2",
        ),
      ]),
    ).toEqual(["warning action-by-branch:6", "warning action-by-branch:7", "info action-by-tag:8"]);
  });

  test("must not run a pull request's code with rights", () => {
    const body = steps(
      "- uses: actions/checkout@v4",
      "  with:",
      `    ref: ${expr("github.event.pull_request.head.sha")}`,
    );
    expect(check(".github/workflows/a.yml", ["on: [pull_request_target]", ...body])).toEqual([
      "error workflow-untrusted-checkout:7",
    ]);
    expect(
      check(".github/workflows/a.yml", ["on:", "  pull_request_target:", ...body, "    environment: safe"]),
    ).toEqual(["warning workflow-untrusted-checkout:8"]);
    expect(check(".github/workflows/a.yml", ["on: pull_request", ...body])).toEqual([]);
  });

  test("must not put strangers' text into scripts", () => {
    const body = (inner: string) => steps("- run: |", "    echo start", `    echo "${expr(inner)}"`);
    const title = "github.event.issue.title";
    expect(check(".github/workflows/a.yml", ["on: issues", ...body(title)])).toEqual([
      "error workflow-script-injection:7",
    ]);
    expect(check(".github/workflows/a.yml", ["on: pull_request", ...body("github.head_ref")])).toEqual([
      "warning workflow-script-injection:7",
    ]);
    expect(check(".github/workflows/a.yml", ["on: issues", ...body(`contains(${title}, 'x')`)])).toEqual([]);
    expect(check(".github/workflows/a.yml", ["on: issues", ...body("github.event.issue.number")])).toEqual(
      [],
    );
    expect(
      check(".github/workflows/a.yml", [
        "on: issues",
        ...steps('- run: echo "$T"', "  env:", `    T: ${expr(title)}`),
      ]),
    ).toEqual([]);
    expect(
      check(".github/workflows/a.yml", [
        "on: issues",
        ...steps("- uses: actions/github-script@v7", "  with:", `    script: f("${expr(title)}")`),
      ]),
    ).toEqual(["error workflow-script-injection:7"]);
  });

  test("survive alias bombs and endless nesting", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ...[..."bcdefghij"].map(
        (name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[index]}`).join(",")}]`,
      ),
      "jobs: *j",
    ];
    expect(check(".github/workflows/a.yml", bomb)).toEqual([]);
    expect(check(".github/workflows/a.yml", [`jobs: ${"[".repeat(50_000)}`])).toEqual([]);
  });
});

test("compose files need a tag for what is not built here", () => {
  const lines = [
    "services:",
    "  a:",
    "    image: redis",
    "  b:",
    "    image: mine",
    "    build: .",
    "  c:",
    "    image: pg:16",
    "  d:",
    `    image: ${["x:$", "{TAG:-latest}"].join("")}`,
    "  e:",
    `    image: ${["x:$", "{TAG}"].join("")}`,
  ];
  expect(check("compose.yml", lines)).toEqual(["warning unpinned-image:3", "warning unpinned-image:10"]);
});

test.each([
  ["requirements.txt", "git+".repeat(200_000)],
  ["requirements.txt", " #".repeat(200_000)],
  ["Dockerfile", `RUN ${"curl ".repeat(100_000)}`],
  ["Dockerfile", "RUN a \\\n".repeat(50_000)],
  ["package.json", `{"dependencies":{"a":"${"a/".repeat(100_000)}"}}`],
  ["package.json", '{"a":'.repeat(100_000)],
  ["pyproject.toml", `a = ${"[".repeat(50_000)}`],
])("%s takes linear time: %#", (path, text) => {
  const start = process.cpuUsage();
  manifestAnalyzer.analyze(source(path, text));
  expect(process.cpuUsage(start).user / 1_000).toBeLessThan(2_000);
});

test("any text is survived with valid findings", () => {
  const paths = [
    "package.json",
    "requirements.txt",
    "pyproject.toml",
    "Dockerfile",
    ".github/workflows/a.yml",
    "compose.yml",
  ];
  const word = fc.constantFrom(
    "{",
    "}",
    '"dependencies"',
    ":",
    '"latest"',
    "\n",
    "  ",
    "- uses: o/a@main",
    "FROM x",
    "RUN curl a | sh",
    "git+https://a/b",
    "jobs:",
    "services:",
    "image: x",
    "\\",
  );
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.array(fc.oneof(word, fc.string())), (path, parts) => {
      const facts = manifestAnalyzer.analyze(source(path, parts.join("")));
      for (const found of [...facts.findings, ...checkLockfiles([source(path, parts.join(""))], [])])
        findingSchema.parse(found);
    }),
    { numRuns: 300 },
  );
});
