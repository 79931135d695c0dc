/** What stands between two lines of `---` at the top of a file, and the text behind it. */
export interface FrontMatter {
  readonly values: ReadonlyMap<string, string>;
  readonly body: string;
}

const maxLines = 200;

/**
 * Reads the simple front matter of rule and skill files: `key: value`, values over several indented lines, lists in
 * brackets or with dashes (joined by commas). Not as YAML: `globs: *.ts` is none, and all editors write it.
 */
export function frontMatterOf(text: string): FrontMatter {
  const parts = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(text);
  if (parts === null) return { values: new Map(), body: text };
  const values = new Map<string, string>();
  let key = "";
  for (const line of (parts[1] ?? "").split(/\r?\n/).slice(0, maxLines)) {
    const [, name, value] = /^([A-Za-z][\w-]*)[ \t]*:(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      key = name;
      values.set(key, plain(value ?? ""));
    } else if (key !== "" && /^(?:[ \t]|-)/.test(line)) {
      values.set(key, joined(values.get(key) ?? "", line.trim()));
    }
  }
  return { values, body: parts[2] ?? "" };
}

/** Values of a list: separated by commas, not by those inside braces. */
export function listOf(value: string | undefined): string[] {
  return (value ?? "")
    .split(/,(?![^{]*\})/)
    .map((each) => unquoted(each.trim()))
    .filter((each) => each !== "");
}

function plain(value: string): string {
  const trimmed = value.trim();
  // Marks of a text over several lines.
  if (/^[|>][+-]?$/.test(trimmed)) return "";
  return unquoted(trimmed.replace(/^\[(.*)\]$/, "$1"));
}

function joined(before: string, line: string): string {
  const item = /^-\s+(.*)$/.exec(line)?.[1];
  if (item !== undefined) return before === "" ? unquoted(item) : `${before},${unquoted(item)}`;
  return before === "" ? line : `${before} ${line}`;
}

function unquoted(text: string): string {
  return /^"([^"]*)"$/.exec(text)?.[1] ?? /^'([^']*)'$/.exec(text)?.[1] ?? text;
}
