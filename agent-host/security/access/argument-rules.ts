/**
 * Arguments with which a program does more than it is known for: start others, load code, write or reach elsewhere.
 * `long` without dashes, `short` single letters.
 */
export interface ArgumentRule {
  readonly long?: readonly string[];
  readonly short?: string;
  /** Any word that fits. */
  readonly words?: RegExp;
  /** What stands behind `--` is no mere name for this program. */
  readonly readsOn?: boolean;
  /** Most words that are no options; one more is a file that is written. */
  readonly operands?: number;
}

/** Node.js has hundreds, and new ones write and load files every year: known are those that only choose and show. */
const nodeOptions: ArgumentRule = {
  words: new RegExp(
    "^-(?!-)|^--(?!$|(?:test|no-warnings|enable-source-maps|experimental-strip-types|no-color|trace-warnings|" +
      "experimental-test-coverage|throw-deprecation|expose-gc|max[-_]old[-_]space[-_]size=\\d+|" +
      "test-(?:name-pattern|skip-pattern|only|concurrency|timeout|shard|force-exit|isolation|coverage-\\w+))(?:=|$))",
  ),
};

const packageManager: ArgumentRule = {
  long: [
    ...["logs-dir", "tmp", "init-module", "onload-script", "node-gyp", "browser", "viewer", "location"],
    ...["prefix", "script-shell", "node-options", "userconfig", "globalconfig", "shell", "cwd", "dir"],
    ...[
      "registry",
      "call",
      "package",
      "git",
      "editor",
      "global",
      "cache",
      "use-node-version",
      "modules-folder",
    ],
  ],
  short: "Cgc",
};

const python: ArgumentRule = { short: "cmWX", words: /^-$/ };

/** By the program's name, or by name and first word. Found by what the programs' own manuals list. */
const rules: Readonly<Record<string, ArgumentRule>> = {
  find: {
    words: /^-(exec|execdir|ok|okdir|delete|fprint|fprint0|fprintf|fls|files0-from)$/,
    readsOn: true,
  },
  fd: { long: ["exec", "exec-batch"], short: "xX" },
  rg: { long: ["pre", "pre-glob", "search-zip", "hostname-bin"], short: "z" },
  sort: { long: ["output", "compress-program", "temporary-directory", "files0-from"], short: "oT" },
  wc: { long: ["files0-from"] },
  du: { long: ["files0-from"] },
  tree: { short: "oR", long: ["output"] },
  uniq: { operands: 1 },
  // Bash takes an index in a variable's name for an expression, and evaluates it.
  printf: { short: "v" },
  test: { words: /^-[vR]$|[[$`]/, readsOn: true },
  jq: { long: ["from-file", "library-path"], short: "fL" },
  diff: { long: ["to-file", "from-file", "paginate"], short: "l" },
  date: { long: ["set", "file"], short: "sf" },
  file: {
    long: ["compile", "magic-file", "files-from", "uncompress", "uncompress-noreport"],
    short: "CmfzZ",
  },
  git: {
    long: [
      ...[
        "output",
        "ext-diff",
        "textconv",
        "open-files-in-pager",
        "exec-path",
        "git-dir",
        "work-tree",
        "config-env",
      ],
      ...[
        "upload-pack",
        "receive-pack",
        "exec",
        "namespace",
        "super-prefix",
        "paginate",
        "filters",
        "contents",
      ],
      ...["no-index", "ignore-revs-file", "template", "show-signature", "attr-source"],
    ],
    short: "cCO",
    // Placeholders that ask GnuPG.
    words: /%G/,
  },
  node: nodeOptions,
  npm: packageManager,
  pnpm: packageManager,
  yarn: packageManager,
  bun: {
    long: [
      ...["eval", "print", "require", "import", "loader", "inspect", "env-file", "preload", "cwd", "config"],
      ...["define", "outfile", "outdir", "tsconfig-override", "install", "run"],
    ],
    short: "eprCic",
  },
  deno: {
    long: ["allow-all", "allow-run", "allow-net", "allow-ffi", "config", "import-map", "preload"],
    short: "AcL",
  },
  python: python,
  python3: python,
  ruby: { short: "eErICxS", words: /^-$/ },
  perl: { short: "eEMmIi", words: /^-$/ },
  php: { short: "rBREdcz", words: /^-$/ },
  make: {
    long: ["eval", "file", "makefile", "directory", "include-dir"],
    short: "fCIE",
    words: /=/,
    readsOn: true,
  },
  go: {
    long: ["exec", "toolexec", "overlay", "modfile", "vettool", "ldflags", "gcflags", "o"],
    words:
      /^--?(exec|toolexec|overlay|modfile|vettool|ldflags|gcflags|asmflags|C|o|outputdir|\w*profile)(=|$)/,
    readsOn: true,
  },
  cargo: {
    long: ["config", "manifest-path", "target-dir", "artifact-dir", "out-dir"],
    short: "ZC",
    words: /^\+/,
  },
};

/** For programs without rules of their own. Code of the tree is not the matter: most of them run it anyway. */
const commonRule: ArgumentRule = {
  long: [
    ...[
      "eval",
      "exec",
      "require",
      "import",
      "loader",
      "preload",
      "config",
      "plugin",
      "rcfile",
      "init-file",
      "shell",
    ],
    ...[
      "output",
      "output-file",
      "out-dir",
      "pager",
      "editor",
      "hook",
      "command",
      "script",
      "pre",
      "cwd",
      "directory",
    ],
  ],
};

/**
 * The first of `argv`, from place `from` on, with which the program does more than it is known for; null if none
 * does. Options may be cut short or clustered, as most programs allow; so some harmless ones are taken for others.
 */
export function unusualArgument(argv: readonly string[], from: number): string | null {
  const program = programName(argv[0] ?? "");
  return firstUnusual(argv, { from, rule: ruleOf(program) ?? commonRule, program });
}

/** Whether a program has no argument that would make it do more than it is known for. */
export function hasNoRule(program: string): boolean {
  return !Object.hasOwn(rules, program);
}

/** As `unusualArgument`, for a program that only looks unless its own rules say otherwise. */
export function unusualForLooker(argv: readonly string[]): string | null {
  const program = programName(argv[0] ?? "");
  return firstUnusual(argv, { from: 1, rule: ruleOf(program) ?? {}, program });
}

function ruleOf(program: string): ArgumentRule | undefined {
  return Object.hasOwn(rules, program) ? rules[program] : undefined;
}

function firstUnusual(
  argv: readonly string[],
  { from, rule, program }: { from: number; rule: ArgumentRule; program: string },
): string | null {
  if (rule.operands !== undefined) {
    const operands = argv.slice(1).filter((argument) => argument === "-" || !argument.startsWith("-"));
    if (operands.length > rule.operands) return operands.at(-1) ?? "";
  }
  for (const [place, argument] of argv.entries()) {
    if (place === 0) continue;
    if (argument === "--" && place >= from && rule.readsOn !== true) return null;
    if (place >= from && fits(rule, argument)) return argument;
    // What follows a script is the script's own.
    if (interpreters.has(program) && !argument.startsWith("-")) return null;
  }
  return null;
}

/** Whether an argument names something outside of the tree, or might. */
export function reachesOutside(argument: string): boolean {
  return /(^|[=:,])[/~]|(^|[/\\=:,])\.\.($|[/\\])|^-[A-Za-z]+[/~]|^[A-Za-z]:[/\\]|^\w+:\/\//.test(argument);
}

/** Name of a program whatever folder it is called from. */
export function programName(program: string): string {
  const name = program.slice(Math.max(program.lastIndexOf("/"), program.lastIndexOf("\\")) + 1).toLowerCase();
  return name.replace(/\.(exe|cmd|bat|com|ps1)$/, "");
}

const interpreters: ReadonlySet<string> = new Set([
  "node",
  "bun",
  "deno",
  "python",
  "python3",
  "ruby",
  "perl",
  "php",
]);

function fits({ long = [], short = "", words }: ArgumentRule, argument: string): boolean {
  if (words?.test(argument)) return true;
  if (argument.startsWith("--")) {
    // Node.js takes an underscore for a dash.
    const name = nameOf(argument.slice(2)).replaceAll("_", "-");
    return name !== "" && long.some((each) => each.startsWith(name));
  }
  if (!argument.startsWith("-") || argument === "-") return false;
  // `-output` as Go, Java and npm have it, cut short too; else a cluster of letters.
  const name = nameOf(argument.slice(1));
  if (name.length > 2 && long.some((each) => each.startsWith(name))) return true;
  return [...argument.slice(1)].some((letter) => short.includes(letter));
}

function nameOf(option: string): string {
  return (option.split("=", 1)[0] ?? "").toLowerCase();
}
