import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShellParser } from "../../../../../agent-host/security/shell/shell-parser.ts";
import { loadedShell } from "../../../../support/command-corpus/corpus-decision.ts";

const shell = await loadedShell();

function argvsOf(line: string): readonly (readonly string[])[] | string {
  const read = shell.parse(line);
  return read.kind === "commands" ? read.commands.map(({ argv }) => argv) : read.reason;
}

describe("a shell line", () => {
  it.each([
    ["ls", [["ls"]]],
    ["  ls  -l ; ", [["ls", "-l"]]],
    ["a && b || c | d; e\nf", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]],
    ["(a; b) && ! c", [["a"], ["b"], ["c"]]],
    [`a 'b c' "d e" f\\ g h"i"'j' ''`, [["a", "b c", "d e", "f g", "hij", ""]]],
    ['echo "a \\$b \\\\ $?" $?', [["echo", "a $b \\ 0", "0"]]],
    ["a größe 日本", [["a", "größe", "日本"]]],
    ["FOO=1 a b=c", [["a", "b=c"]]],
  ])("%j is read as its commands", (line, argvs) => {
    expect(argvsOf(line)).toEqual(argvs);
  });

  it("says where each part leads", () => {
    const read = shell.parse("FOO=bar a x* 2>&1 > out < in 2>/dev/null");
    expect(read).toMatchObject({
      commands: [
        {
          globs: new Set([1]),
          assignments: [{ name: "FOO", value: "bar" }],
          redirections: [
            { kind: "duplicate" },
            { kind: "write", target: "out" },
            { kind: "read", target: "in" },
            { kind: "write", target: "/dev/null" },
          ],
        },
      ],
    });
    expect(shell.parse("a | b > out")).toMatchObject({
      commands: [{ redirections: [] }, { redirections: [{ kind: "write", target: "out" }] }],
    });
  });

  it("may run in every folder that it may have changed to", () => {
    const read = shell.parse("a && cd x/y && b; c");
    const folders = read.kind === "commands" ? read.commands.map((each) => each.folders) : [];
    expect(folders).toEqual([["."], ["."], [".", "x/y"], [".", "x/y"]]);
  });

  it("may hold one text that is taken as it is", () => {
    expect(shell.parse("cat > a <<'EOF'\n$(x) `y` ; z\nEOF\n")).toMatchObject({
      commands: [{ argv: ["cat"], redirections: [{ kind: "write", target: "a" }, { kind: "hereDocument" }] }],
    });
  });

  it.each([
    ...[
      "",
      "   ",
      "# only",
      "a &",
      "a $b",
      "a `b`",
      "a {b,c}",
      "a ~",
      "~/a",
      "x*",
      "a=b;",
      "if a; then b; fi",
    ],
    ...[
      "a <<EOF\nx\nEOF",
      "a <<'EOF'\nx",
      "a <<< x",
      "a > $b",
      "a > b c",
      "a &> b",
      "a >& b",
      "a 2> b*",
      "a \\\nb",
    ],
    ...[
      "a\rb",
      "a\fb",
      "'",
      '"',
      "a |",
      "a &&",
      "a ;; b",
      ")",
      "a b)",
      "a!b",
      "cd ~",
      "cd ..",
      "cd /",
      "cd 'a b'",
    ],
    ...["x".repeat(8_193), "a;".repeat(21), `${"(".repeat(200)}a${")".repeat(200)}`],
  ])("%j is undecidable", (line) => {
    if (line === "a=b;") expect(argvsOf(line)).toEqual([[]]);
    else expect(argvsOf(line)).toEqual(expect.any(String));
  });

  it("never throws, and what it takes for literal has nothing that a shell acts on", () => {
    const piece = fc.constantFrom(
      ...[
        "a",
        " ",
        "'",
        '"',
        "\\",
        "$",
        "(",
        ")",
        "{",
        "}",
        "|",
        "&",
        ";",
        "<",
        ">",
        "`",
        "\n",
        "*",
        "#",
        "=",
        "~",
        "!",
      ],
      ...["<<'E'", "EOF", "cd x", "$?", "ä", "[", "]", "2>&1", "\u200b"],
    );
    void fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const line = pieces.join("");
        const read = shell.parse(line);
        if (read.kind !== "commands" || line.includes("<<")) return;
        expect(line.replace(/'[^']*'|"(\\.|[^"])*"|\\./gs, "q").replaceAll("$?", "q")).not.toMatch(
          /[`$]|\{|(^|\s)#/,
        );
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("without its grammar", () => {
  it("nothing is decidable, and it says why", async () => {
    const missing = new ShellParser(new URL("file:///nowhere/at/all/"));
    expect(missing.parse("ls")).toMatchObject({
      kind: "undecidable",
      reason: expect.stringContaining("not loaded"),
    });
    expect(await missing.load()).toContain("cannot be loaded");
    expect(missing.parse("ls")).toMatchObject({
      kind: "undecidable",
      reason: expect.stringContaining("cannot be loaded"),
    });
  });
});
