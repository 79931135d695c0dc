import { hasNoRule, programName, reachesOutside, unusualForLooker } from "./argument-rules.ts";
import { isPlainAwk, isPlainSed } from "./text-programs.ts";

/** Programs that only look, whatever their arguments say but for those that `unusualForLooker` knows. */
const lookers: ReadonlySet<string> = new Set(
  (
    "basename cat cmp cut date diff dirname du echo egrep expr false fgrep file find fmt fold grep head id join jq ls " +
    "nl nproc od paste printf pwd readlink realpath rg seq sha1sum sha256sum sha512sum md5sum cksum sort stat strings " +
    "tac tail test tr tree true uname uniq wc which whoami comm expand column"
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
  "node python python3 git make ruby php deno bun gcc clang java".split(" "),
);
/** These may first start another version of themselves, which a file of the folder names. */
const answersByAnother: ReadonlySet<string> = new Set("npm npx pnpm yarn cargo rustc go tsc".split(" "));

/**
 * Whether a command only reads, and only in the tree. Programs count by their plain name: one that is called by a
 * path may be anything. Outside of a sandbox only what cannot start anything else counts: Git does not, as a folder
 * can be made to look like a repository whose configuration starts programs.
 */
export function isReadOnly(argv: readonly string[], { isSandboxed }: { isSandboxed: boolean }): boolean {
  const [program = "", ...args] = argv;
  if (program !== programName(program)) return false;
  if (args.length === 1 && aboutItself.has(args[0] ?? "")) {
    if (answersAboutItself.has(program)) return true;
    if (answersByAnother.has(program)) return isSandboxed;
  }
  if (program === "sed") return isPlainSed(args);
  if (program === "awk") return isPlainAwk(args);
  if (args.some(reachesOutside) || unusualForLooker(argv) !== null) return false;
  // What stands behind `--` is a name for these, never an option; it was looked at above.
  if (program === "git") return isSandboxed && isGitLooker(args);
  return lookers.has(program);
}

/** Whether no argument at all would make this reader do more: names of files that a shell puts in may be any. */
export function readsWhateverIsAsked(program: string): boolean {
  return lookers.has(program) && hasNoRule(program);
}

function isGitLooker([subcommand = "", ...args]: readonly string[]): boolean {
  if (!Object.hasOwn(gitLookers, subcommand)) return false;
  const allowed = gitLookers[subcommand] ?? null;
  return allowed === null || args.every((argument) => allowed.test(argument));
}
