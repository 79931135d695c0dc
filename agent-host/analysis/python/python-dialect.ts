/**
 * `text` as the grammar knows it, of the same length, so that all offsets hold. The grammar lacks some correct Python
 * and would recover in the wrong block: `with a as (b, c)`, `with a as b.c`, `with (a as b, c as d):`,
 * `except A, B:` of Python 3.14, `case int():`, and numbers such as `20.`. Only the parser sees the result.
 */
export function toGrammarDialect(text: string): string {
  let dialect = /\bwith[ \t]*\(/.test(text) ? withoutGroupedItems(text) : text;
  for (const { seen, pattern, replace } of rewrites) {
    if (seen.test(dialect)) dialect = dialect.replace(pattern, (...groups: string[]) => replace(groups));
  }
  return dialect;
}

const maxGroupLength = 4_000;

/** `with (a as b, c as d):` on one line and without its parentheses. */
function withoutGroupedItems(text: string): string {
  const parts: string[] = [];
  let done = 0;
  for (const match of text.matchAll(/^[ \t]*(?:async[ \t]+)?with[ \t]*\(/gm)) {
    const open = match.index + match[0].length - 1;
    const close = open < done ? -1 : closingParenthesis(text, open);
    if (close === -1 || !/^[ \t]*:/.test(text.slice(close + 1, close + 20))) continue;
    const inner = text.slice(open + 1, close);
    if (!/\sas\s/.test(inner)) continue;
    // A comment would swallow the rest of the line that the group becomes.
    const flat = inner.replaceAll(/#[^\n]*/g, blank).replaceAll(/[\r\n]/g, " ");
    parts.push(text.slice(done, open), " ", flat.replace(/,(\s*)$/, " $1"), " ");
    done = close + 1;
  }
  return parts.length === 0 ? text : parts.join("") + text.slice(done);
}

function closingParenthesis(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < Math.min(text.length, open + maxGroupLength); at += 1) {
    const character = text[at];
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function blank(text: string): string {
  return " ".repeat(text.length);
}

interface Rewrite {
  /** Cheap test that spares most files the replacement. */
  readonly seen: RegExp;
  readonly pattern: RegExp;
  replace(groups: readonly string[]): string;
}

const rewrites: readonly Rewrite[] = [
  {
    seen: /\bas[ \t]*\(|\bas[ \t]+\w+\./,
    pattern: /\b(as[ \t]*(?:(?=\()|[ \t]))(\([\w\s,*.]{1,200}\)|\w+(?:\.\w+)+)(?=\s*[:,])/g,
    replace: ([, head = "", target = ""]) =>
      `${head.padEnd(3)}${"x".repeat(target.length - Math.max(0, 3 - head.length))}`,
  },
  {
    seen: /\bexcept[ \t]+[\w.]+,/,
    pattern: /\b(except[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+){1,20})(?=[ \t]*:)/g,
    replace: ([, head = "", names = ""]) => `${head}${names.replaceAll(",", "|")}`,
  },
  {
    seen: /^[ \t]*case\b.*(?:\(\)|\[\]|\{\})/m,
    pattern: /^([ \t]*case\b[^#\n]{0,400}?):/gm,
    replace: ([whole = ""]) => whole.replaceAll(/\(\)|\[\]|\{\}/g, "__"),
  },
  {
    seen: /\d\.(?![\w.])/,
    pattern: /(?<![\w.])(\d[\d_]{0,40})\.(?![\w.])/g,
    replace: ([, digits = ""]) => `${digits}0`,
  },
];
