import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../../../agent-host/security/access/parse-command-line.ts";

describe("parseCommandLine", () => {
  it.each([
    ["npm test", ["npm", "test"]],
    ["  ls\t-la  ", ["ls", "-la"]],
    ["echo 'a b' \"c d\" e\\ f", ["echo", "a b", "c d", "e f"]],
    ['grep "it\'s" \'say "hi"\'', ["grep", "it's", 'say "hi"']],
    ['x "a\\"b\\\\c\\$d\\`e\\f"', ["x", 'a"b\\c$d`e\\f']],
    ["x ''\"\" '' \"\"", ["x", "", "", ""]],
    ["x a'b'\"c\"d", ["x", "abcd"]],
    ["git show HEAD~1 stash^", ["git", "show", "HEAD~1", "stash^"]],
    ["x a#b --c=d e\\*f '*' '$x' '`y`' ';'", ["x", "a#b", "--c=d", "e*f", "*", "$x", "`y`", ";"]],
    ["'my program' x", ["my program", "x"]],
    ["x ä 日本", ["x", "ä", "日本"]],
  ])("splits %j", (text, argv) => {
    expect(parseCommandLine(text)).toEqual({ argv, simple: true });
  });

  it.each([
    "",
    "   ",
    "a; b",
    "a && b",
    "a & b",
    "a | b",
    "a > b",
    "a < b",
    "a 2>&1",
    "a\nb",
    "a\rb",
    "a 'x\ny'",
    "echo $HOME",
    'echo "$HOME"',
    "echo $(id)",
    "echo `id`",
    'echo "`id`"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it
    "echo ${x}",
    "echo $'x'",
    "ls *.ts",
    "ls a?",
    "ls [ab]",
    "ls {a,b}",
    "ls ~",
    "ls ~root/x",
    "x --dir=~/y",
    "FOO=bar x",
    "a 'unclosed",
    'a "unclosed',
    "a \\",
    "a \\\nb",
    "# note",
    "a # note",
    "! a",
    "if a",
    "cd x",
    "export x",
    ". x",
    "source x",
    "eval x",
    "exec x",
    "test -e x && y",
    'echo "!x"',
    "(a)",
    "{ a",
    "a\u00a0b",
    "a\u202eb",
    "a\u200bb",
    "a\u0000b",
    "a\u001b[1m",
    `a ${"x".repeat(9_000)}`,
    "''",
  ])("leaves %j to a shell", (text) => {
    expect(parseCommandLine(text)).toEqual({ argv: ["sh", "-c", text], simple: false });
  });
});
