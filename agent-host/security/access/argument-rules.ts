/**
 * Arguments with which a program does more than it is known for: start others, load code, write or reach elsewhere.
 * `long` without dashes, `short` single letters.
 */
export interface ArgumentRule {
  readonly long?: readonly string[];
  readonly short?: string;
  /** Any word that fits. */
  readonly words?: RegExp;
}

const nodeOptions: ArgumentRule = {
  long: [
    ...[
      "eval",
      "print",
      "require",
      "import",
      "loader",
      "experimental-loader",
      "interactive",
      "run",
      "inspect",
    ],
    ...["inspect-brk", "inspect-wait", "env-file", "env-file-if-exists", "snapshot-blob", "build-snapshot"],
    ...[
      "experimental-sea-config",
      "build-sea",
      "openssl-config",
      "diagnostic-dir",
      "cpu-prof-dir",
      "redirect-warnings",
    ],
    ...["experimental-config-file", "experimental-default-config-file", "test-global-setup", "test-reporter"],
    ...["test-reporter-destination", "report-dir", "report-directory", "heap-prof-dir", "icu-data-dir"],
  ],
  short: "eprCi",
  words: /^-$/,
};

const packageManager: ArgumentRule = {
  long: [
    ...[
      "prefix",
      "script-shell",
      "node-options",
      "userconfig",
      "globalconfig",
      "globalconfig",
      "shell",
      "cwd",
      "dir",
    ],
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
  },
  fd: { long: ["exec", "exec-batch"], short: "xX" },
  rg: { long: ["pre", "pre-glob", "search-zip", "hostname-bin"], short: "z" },
  sort: { long: ["output", "compress-program", "temporary-directory", "files0-from"], short: "oT" },
  wc: { long: ["files0-from"] },
  du: { long: ["files0-from"] },
  tree: { short: "oR", long: ["output"] },
  diff: { long: ["to-file", "from-file"], short: "l", words: /^--paginate$/ },
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
  sed: {
    long: ["in-place", "file", "expression"],
    short: "ifne",
    words: /(^|[;}\d/$!])\s*[ewrWR]\b|\/[gip\d]*[ew]/,
  },
  node: nodeOptions,
  npm: packageManager,
  pnpm: packageManager,
  yarn: packageManager,
  bun: { long: [...(nodeOptions.long ?? []), "preload", "cwd", "config"], short: "eprCi" },
  deno: {
    long: ["allow-all", "allow-run", "allow-net", "allow-ffi", "config", "import-map", "preload"],
    short: "AcL",
  },
  python: python,
  python3: python,
  ruby: { short: "eErICxS", words: /^-$/ },
  perl: { short: "eEMmIi", words: /^-$/ },
  php: { short: "rBREdcz", words: /^-$/ },
  make: { long: ["eval", "file", "makefile", "directory", "include-dir"], short: "fCIE", words: /=/ },
  go: {
    long: ["exec", "toolexec", "overlay", "modfile", "vettool", "ldflags", "gcflags", "o"],
    words:
      /^--?(exec|toolexec|overlay|modfile|vettool|ldflags|gcflags|asmflags|C|o|outputdir|\w*profile)(=|$)/,
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
  return firstUnusual(argv, { from, rule: rules[program] ?? commonRule, program });
}

/** As `unusualArgument`, for a program that only looks unless its own rules say otherwise. */
export function unusualForLooker(argv: readonly string[]): string | null {
  const program = programName(argv[0] ?? "");
  return firstUnusual(argv, { from: 1, rule: rules[program] ?? {}, program });
}

function firstUnusual(
  argv: readonly string[],
  { from, rule, program }: { from: number; rule: ArgumentRule; program: string },
): string | null {
  for (const [place, argument] of argv.entries()) {
    if (place === 0) continue;
    if (argument === "--" && place >= from) return null;
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
    const name = argument.slice(2).split("=", 1)[0] ?? "";
    return long.some((each) => each.toLowerCase().startsWith(name.toLowerCase()));
  }
  if (!argument.startsWith("-") || argument === "-") return false;
  // `-output` as Go and Java have it, else a cluster of letters.
  if (long.some((each) => argument.slice(1).split("=", 1)[0] === each)) return true;
  return [...argument.slice(1)].some((letter) => short.includes(letter));
}
