import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileFoldedGlobs, compileGlobs } from "../../../../agent-host/rules/scope.ts";
import type { AccessDecision, AccessRules } from "../../../../agent-host/security/access-decision.ts";
import { accessDecider } from "../../../../agent-host/security/decide-access.ts";
import type { Access } from "../../../../agent-host/tools/tool.ts";

const decideAccess = accessDecider({ compileGlobs, compileFoldedGlobs });

const rules: AccessRules = {
  scope: {
    paths: ["**"],
    commands: [
      ["npm", "test"],
      ["npm", "run", "lint"],
      ["node", "--test"],
      ["node", "check.js"],
      ["make", "test"],
      ["vitest", "run"],
    ],
    hosts: [],
    maxFiles: 10,
    maxLines: 1_000,
  },
  taskPaths: ["**"],
  controlPlane: [".vscode/**", ".github/workflows/**", "**/.mcp.json", "*.code-workspace"],
  assurance: "sandboxed",
  granted: [],
  isTainted: false,
};

const write = (path: string, given = rules): AccessDecision =>
  decideAccess({ kind: "write", files: [{ path, verb: "edit" }] }, given);
const run = (argv: readonly string[], given: Partial<AccessRules> = {}, folder = "."): AccessDecision =>
  decideAccess({ kind: "command", argv, folder }, { ...rules, ...given });
const words = (line: string): string[] => line.split(" ");

describe("a read", () => {
  it("is allowed in the tree", () => {
    const access: Access = { kind: "read", paths: [".", "", "src/a.ts", "odd: name .", ".git/HEAD"] };
    expect(decideAccess(access, rules)).toMatchObject({ kind: "allow", rule: "read.tree" });
  });

  it.each(["/etc/passwd", "../x", "a/../../x", "a\\..\\x", "C:\\x", "c:/x", "\\\\host\\x", "a\0b"])(
    "of %j is denied",
    (path) => {
      expect(decideAccess({ kind: "read", paths: ["ok", path] }, rules)).toMatchObject({
        kind: "deny",
        rule: "path.form",
      });
    },
  );
});

describe("a write", () => {
  it("is allowed within the scope of run and task", () => {
    expect(write("src/a.ts")).toMatchObject({ kind: "allow", rule: "scope.paths" });
  });

  it("is denied outside of either", () => {
    const scope = { ...rules.scope, paths: ["src/**"] };
    expect(write("docs/a.md", { ...rules, scope })).toMatchObject({ kind: "deny", rule: "scope.paths" });
    expect(write("src/b/x.ts", { ...rules, scope, taskPaths: ["src/a/**"] })).toMatchObject({ kind: "deny" });
    expect(write("src/a/x.ts", { ...rules, scope, taskPaths: ["src/a/**"] })).toMatchObject({
      kind: "allow",
    });
    expect(write("SRC/a.ts", { ...rules, scope })).toMatchObject({ kind: "deny" });
    expect(write("src/a.ts", { ...rules, taskPaths: [] })).toMatchObject({ kind: "deny" });
  });

  it.each([
    ".vscode/settings.json",
    ".VSCode/settings.json",
    ".vscode",
    ".ｖscode/tasks.json",
    ".v\u200cscode/tasks.json",
    ".git/hooks/pre-commit",
    "sub/.git/config",
    ".GIT/config",
    ".g\u200dit/config",
    "sub/.agent-team/rules.yaml",
    ".Agent-Team/rules.yaml",
    ".github/workflows/ci.yml",
    "deep/.mcp.json",
    "deep/.MCP.json",
    "my.code-workspace",
  ])("to %j needs a person, and no grant reaches further", (path) => {
    for (const verb of ["create", "edit", "delete"] as const) {
      const given = { ...rules, granted: [path, `write:${path}`, "**"] };
      const decision = decideAccess({ kind: "write", files: [{ path, verb }] }, given);
      expect(decision).toMatchObject({
        kind: "ask",
        rule: "controlPlane",
        risk: "high",
        needsPerson: true,
        pattern: null,
      });
    }
  });

  it("guards Git and its own folder though the rules do not", () => {
    for (const path of [".git/config", ".agent-team/rules.yaml"]) {
      expect(write(path, { ...rules, controlPlane: [] })).toMatchObject({ kind: "ask", needsPerson: true });
    }
  });

  it.each([
    "",
    "/etc/passwd",
    "~/.bashrc",
    "../x",
    "a/../.git/config",
    "a/..",
    "./a",
    "a//b",
    "a/",
    "a/./b",
    "a\\b",
    "..\\x",
    "C:\\x",
    "C:x",
    "a\0.ts",
    "a\nb",
    "a\u001b[2Jb",
    "a\u202eb",
    "a\u{e0041}b",
    ".git./config",
    ".git /config",
    ".git::$INDEX_ALLOCATION/config",
    "a.ts:stream",
    "GIT~1/config",
    "vscode~2",
    "x".repeat(256),
    "x/".repeat(3_000).concat("x"),
  ])("to %j is denied for its form", (path) => {
    expect(write(path)).toMatchObject({ kind: "deny", rule: "path.form" });
  });

  it("never reaches what guards the rest, however it is spelled", () => {
    const spelled = fc
      .tuple(
        fc.constantFrom(".git/config", ".vscode/tasks.json", ".agent-team/x"),
        fc.infiniteStream(fc.nat(9)),
      )
      .map(([path, choices]) => [...path].map((each) => vary(each, choices.next().value ?? 0)).join(""));
    void fc.assert(
      fc.property(spelled, (path) => {
        expect(write(path).kind).not.toBe("allow");
      }),
      { numRuns: 2_000 },
    );
  });

  it("allows only paths that stay in the tree", () => {
    const piece = fc.constantFrom(
      "a",
      "src",
      ".",
      "..",
      "/",
      "\\",
      "~",
      ":",
      " ",
      "",
      ".git",
      "\0",
      "x.ts",
      "C:",
    );
    const path = fc.oneof(
      fc.string(),
      fc.array(piece).map((all) => all.join("/")),
      fc.array(piece).map((all) => all.join("")),
    );
    void fc.assert(
      fc.property(path, (each) => {
        if (write(each).kind !== "allow") return;
        expect(each.startsWith("/")).toBe(false);
        expect(each.split(/[/\\]/).some((name) => ["", ".", "..", ".git"].includes(name))).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a command", () => {
  it.each([
    "npm test",
    "npm test -- --run",
    "npm test --silent",
    "npm run lint",
    "node --test a.test.js",
    "node check.js --eval",
    "make test",
    "vitest run --coverage",
  ])("%j is allowed by the scope", (line) =>
    expect(run(words(line))).toMatchObject({ kind: "allow", rule: "scope.commands" }),
  );

  it.each([
    "npm testing",
    "npm",
    "npm run",
    "npm run lint:fix",
    "npm test --prefix=/elsewhere",
    "npm test --script-shell=evil",
    "npm test --node-op=x",
    "node --test --import=./evil.mjs",
    "node --test -e 1",
    "node check.mjs",
    "make test SHELL=/tmp/x",
    "make test -f other.mk",
    "vitest run --config=x",
    "./npm test",
  ])("%j is not what the scope allows", (line) => {
    expect(run(words(line)).kind).toBe("ask");
  });

  it.each([
    "ls -la src",
    "cat a.txt b.txt",
    "grep -rn needle src",
    "rg needle -g *.ts",
    "find . -name *.ts -type f",
    "git status --short",
    "git diff --stat HEAD~1..HEAD",
    "git log --oneline -n 5 -- src/a.ts",
    "git show HEAD:src/a.ts",
    "git branch --show-current",
    "wc -l a.txt",
    "sort -k2 a.txt",
    "ls --directory x",
    "node --version",
    "python3 -V",
    "pwd",
  ])("%j is allowed because it only reads", (line) => {
    expect(run(words(line))).toMatchObject({ kind: "allow", rule: "command.readOnly" });
  });

  it.each([
    "find . -exec rm {} ;",
    "find . -delete",
    "find . -fprintf x y",
    "rg --pre=./evil x",
    "rg --hostname-bin=./x x",
    "rg -z x",
    "git -c core.pager=evil log",
    "git --exec-path=. log",
    "git -C .. log",
    "git -p log",
    "git diff --output=x",
    "git diff --outp=x",
    "git log --ext-diff",
    "git log --ext",
    "git diff --no-index a b",
    "git grep -Oless x",
    "git grep --op=less x",
    "git log --format=%G?",
    "git branch new",
    "git branch -D main",
    "git tag v1",
    "git remote add x y",
    "sort -o a.txt a.txt",
    "sort -ro a.txt",
    "sort --outp=x a",
    "sort --compress-program=./evil a",
    "tree -o x",
    "file -C -m x",
    "cat /etc/passwd",
    "cat ../secret",
    "cat src/../../secret",
    "cat ~/.ssh/id_ed25519",
    "grep --file=/etc/passwd x",
    "grep -f/etc/passwd x",
    "diff --from-file=../x a",
    "./ls",
    "/tmp/ls",
    "ls/../evil",
    "uniq a b",
    "tee a",
    "sed -i s/a/b/ x",
    "awk BEGIN{system(1)} x",
  ])("%j is asked though it looks like reading", (line) => {
    expect(run(words(line)).kind).toBe("ask");
  });

  it.each([
    [["sh", "-c", "ls"], "command.inlineCode"],
    [["/bin/bash", "x.sh"], "command.inlineCode"],
    [["node", "-e", "1"], "command.inlineCode"],
    [["node", "--eval=1"], "command.inlineCode"],
    [["python3", "-c", "1"], "command.inlineCode"],
    [["perl", "-ne", "1"], "command.inlineCode"],
    [["awk", "BEGIN{system(1)}"], "command.inlineCode"],
    [["find", ".", "-exec", "x"], "command.inlineCode"],
    [["env", "x"], "command.wrapper"],
    [["xargs", "rm"], "command.wrapper"],
    [["timeout", "5", "x"], "command.wrapper"],
    [["sudo", "x"], "command.privileged"],
    [["curl", "x"], "command.network"],
    [["/usr/bin/CURL", "x"], "command.network"],
    [["ssh.exe", "x"], "command.network"],
    [["npm", "install"], "command.install"],
    [["npm", "--silent", "i", "x"], "command.install"],
    [["npx", "x"], "command.install"],
    [["pip", "install", "x"], "command.install"],
    [["cargo", "install", "x"], "command.install"],
    [["git", "push"], "command.install"],
    [["git", "-c", "x=y", "log"], "command.install"],
  ])("%j is of high risk", (argv, rule) => {
    expect(run(argv)).toMatchObject({ kind: "ask", risk: "high", rule, needsPerson: false });
  });

  it("that nobody knows is of medium risk in a sandbox and of high risk without", () => {
    expect(run(["prettier", "--write", "a"])).toMatchObject({
      kind: "ask",
      risk: "medium",
      rule: "command.unknown",
    });
    expect(run(["go", "test", "./..."])).toMatchObject({ kind: "ask", risk: "medium" });
    expect(run(["prettier", "a"], { assurance: "unsandboxed" })).toMatchObject({
      risk: "high",
      rule: "command.unsandboxed",
    });
  });

  it("trusts less where nothing keeps it apart", () => {
    const given = { assurance: "unsandboxed" } as const;
    expect(run(["ls"], given)).toMatchObject({ kind: "allow" });
    expect(run(["npm", "test"], given)).toMatchObject({ kind: "allow" });
    expect(run(["npm", "test", "../other"], given)).toMatchObject({ kind: "ask" });
    expect(run(["git", "status"], given)).toMatchObject({ kind: "ask" });
  });

  it("is allowed once a person allowed exactly it", () => {
    const asked = run(["prettier", "--write", "a"], {}, "sub");
    const pattern = asked.kind === "ask" ? asked.pattern : null;
    expect(pattern).toBe('sub $ ["prettier","--write","a"]');
    const granted = [pattern ?? ""];
    expect(run(["prettier", "--write", "a"], { granted }, "sub")).toMatchObject({
      kind: "allow",
      rule: "granted",
    });
    expect(run(["prettier", "--write", "a"], { granted })).toMatchObject({ kind: "ask" });
    expect(run(["prettier", "--write", "a", "b"], { granted }, "sub")).toMatchObject({ kind: "ask" });
    expect(run(["prettier"], { granted }, "sub")).toMatchObject({ kind: "ask" });
    expect(run(["x", "y".repeat(2_000)])).toMatchObject({ kind: "ask", pattern: null });
  });

  it.each([
    ["agent-team", "gates", "approve", "g-review-1"],
    ["npx", "agent-team", "gates", "approve"],
    ["sh", "-c", "cd x && agent-team gates approve"],
    ["node", "node_modules/.bin/agent-team"],
    ["npm", "exec", "agent-team@latest"],
  ])("%s … that calls this program needs a person", (...argv) => {
    const granted = [JSON.stringify(argv)];
    expect(run(argv, { granted })).toMatchObject({
      kind: "ask",
      rule: "command.self",
      needsPerson: true,
      pattern: null,
    });
    const scope = { ...rules.scope, commands: [argv.slice(0, 1)] };
    expect(run(argv, { scope })).toMatchObject({ needsPerson: true });
  });

  it.each([
    [["cp", "x", ".vscode/settings.json"], "."],
    [["sh", "-c", "echo x > .vscode/tasks.json"], "."],
    [["tee", "hooks/pre-commit"], ".git"],
    [["cp", "x", "../.git/config"], "src"],
    [["node", "-e", "fs.writeFileSync('.github/workflows/ci.yml', '')"], "."],
    [["cp", "x", "sub/../.VSCODE/settings.json"], "."],
    [["rm", "-rf", "./.agent-team"], "."],
    [["dd", "of=.git/config"], "."],
    [["npm", "test", ".vscode"], "."],
  ])("%j in %j that names what guards the rest needs a person", (argv, folder) => {
    expect(run(argv, {}, folder)).toMatchObject({
      kind: "ask",
      rule: "command.controlPlane",
      needsPerson: true,
    });
  });

  it.each([
    [[], "."],
    [[""], "."],
    [["a\0b"], "."],
    [["ls"], "/etc"],
    [["ls"], "../x"],
    [Array.from({ length: 1_001 }, () => "x"), "."],
    [["x".repeat(100_001)], "."],
  ])("that is none is denied", (argv, folder) => {
    expect(run(argv, {}, folder)).toMatchObject({ kind: "deny", rule: "command.form" });
  });

  it("is only allowed by scope, reading or grant, whatever stands behind", () => {
    const argument = fc.oneof(
      fc.string(),
      fc.constantFrom("--output=x", "-exec", "/etc", "..", "-c", "--", ".git", "-o"),
    );
    const argv = fc.tuple(
      fc.constantFrom("npm", "git", "ls", "sh", "curl", "node", "cat", "find"),
      fc.array(argument),
    );
    void fc.assert(
      fc.property(argv, ([program, args]) => {
        const decision = run([program, ...args]);
        if (decision.kind !== "allow" || decision.rule === "scope.commands") return;
        expect(decision.rule).toBe("command.readOnly");
        expect(["sh", "curl"]).not.toContain(program);
        expect(args.some((each) => each.startsWith("/") || each === "..")).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });
});

/** Another way to write a character, which some file system takes for the same. */
function vary(character: string, choice: number): string {
  if (choice === 1) return character.toUpperCase();
  if (choice === 2) return `${character}\u200c`;
  if (choice === 3 && /[a-z.]/.test(character)) return String.fromCharCode(character.charCodeAt(0) + 0xfee0);
  if (choice === 4 && character === "/") return "/./";
  if (choice === 5 && character === "/") return "//";
  if (choice === 6 && character === "/") return "\\";
  if (choice === 7 && character === "/") return " /";
  if (choice === 8 && character === "/") return "./";
  if (choice === 9 && character === "s") return "\u017f";
  return character;
}
