import { programName, reachesOutside, unusualForLooker } from "./argument-rules.ts";

/** Programs that only look, whatever their arguments say but for those that `unusualForLooker` knows. */
const lookers: ReadonlySet<string> = new Set(
  (
    "basename cat cmp cut diff dirname du echo egrep false fgrep file find fmt fold grep head id join ls nl " +
    "od paste pwd realpath rg seq sha1sum sha256sum sha512sum md5sum cksum sort stat tac tail tr tree true uname wc " +
    "which whoami comm expand column"
  ).split(" "),
);

/** Subcommands of Git that only look, with options that alone may stand there (null: any that is not unusual). */
const gitLookers: Readonly<Record<string, RegExp | null>> = {
  status: null,
  diff: null,
  log: null,
  show: null,
  "ls-files": null,
  "ls-tree": null,
  "rev-parse": null,
  "rev-list": null,
  blame: null,
  shortlog: null,
  describe: null,
  grep: null,
  "cat-file": null,
  "merge-base": null,
  branch: /^(-a|-r|-v|-vv|--all|--remotes|--verbose|--list|--show-current)$/,
  tag: /^(-l|--list)$/,
  remote: /^-v$/,
};

/** Options that every program answers with words about itself. */
const aboutItself: ReadonlySet<string> = new Set(["--version", "-v", "-V", "--help", "version"]);
const answersAboutItself: ReadonlySet<string> = new Set(
  "node npm npx pnpm yarn python python3 git cargo rustc go java tsc make ruby php deno bun gcc clang".split(
    " ",
  ),
);

/**
 * Whether a command only reads, and only in the tree. Programs count by their plain name: one that is called by a
 * path may be anything. Outside of a sandbox Git does not count: a folder can be made to look like a repository
 * whose configuration starts programs.
 */
export function isReadOnly(argv: readonly string[], { isSandboxed }: { isSandboxed: boolean }): boolean {
  const [program = "", ...args] = argv;
  if (program !== programName(program)) return false;
  if (args.length === 1 && answersAboutItself.has(program) && aboutItself.has(args[0] ?? "")) return true;
  if (args.some(reachesOutside) || unusualForLooker(argv) !== null) return false;
  // What stands behind `--` is a name for these, never an option; it was looked at above.
  if (program === "git") return isSandboxed && isGitLooker(args);
  return lookers.has(program);
}

function isGitLooker([subcommand = "", ...args]: readonly string[]): boolean {
  if (!Object.hasOwn(gitLookers, subcommand)) return false;
  const allowed = gitLookers[subcommand] ?? null;
  return allowed === null || args.every((argument) => allowed.test(argument));
}
