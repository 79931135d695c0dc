import { LruCache } from "../core/lru-cache.ts";
import type { FileWrite } from "../tools/tool.ts";
import { decideCommand } from "./access/decide-command.ts";
import { decideConnection } from "./access/decide-connection.ts";
import { pathProblem } from "./access/path-form.ts";
import type { AccessDecision, AccessRules, DecideAccess } from "./access-decision.ts";
import { type ParseShell, undecidable } from "./shell/shell-line.ts";

type PathMatcher = (path: string) => boolean;

/** How globs are understood: the rules' own way, so that gates and calls never differ. */
export interface GlobCompilers {
  /** For what is allowed: letters count as they are. */
  compileGlobs(globs: readonly string[]): PathMatcher;
  /** For what is guarded: whatever some file system takes for the same name matches. */
  compileFoldedGlobs(globs: readonly string[]): PathMatcher;
}

/** Guarded whatever the rules say: without them the rest would not hold. */
const alwaysGuarded: readonly string[] = ["**/.git/**", "**/.agent-team/**"];

const maxRemembered = 1_000;
const maxRememberedLength = 200;

const noShell: ParseShell = () => undecidable("Nothing here reads shell lines");

/**
 * The function that decides accesses. Keeps compiled globs for as long as the list they came from is in use. Without
 * `parseShell` every line for a shell is asked for.
 */
export function accessDecider(globs: GlobCompilers, parseShell: ParseShell = noShell): DecideAccess {
  const allowed = new WeakMap<readonly string[], PathMatcher>();
  const guarded = new WeakMap<readonly string[], PathMatcher>();
  const isAllowed = (list: readonly string[], path: string): boolean =>
    kept(allowed, list, () => globs.compileGlobs(list))(path);
  const isGuarded = (list: readonly string[], path: string): boolean =>
    kept(guarded, list, () => remembering(globs.compileFoldedGlobs([...alwaysGuarded, ...list])))(path);
  return (access, rules) => {
    switch (access.kind) {
      case "none":
        return { kind: "allow", rule: "none", reason: "It touches nothing" };
      case "read":
        return decideRead(access.paths);
      case "write":
        return decideWrites(access.files, rules, { isAllowed, isGuarded });
      case "command":
        return decideCommand(access, rules, {
          isGuarded: (path) => isGuarded(rules.controlPlane, path),
          mayWrite: (path) => decideWrite(path, rules, { isAllowed, isGuarded }).kind === "allow",
          parseShell,
        });
      case "connect":
        return decideConnection(access, rules);
      case "question":
        return { kind: "allow", rule: "question", reason: "It asks a person" };
    }
  };
}

/** Any name will do here: the tool resolves links, and what is read in the tree is the task's own. */
function decideRead(paths: readonly string[]): AccessDecision {
  if (paths.some((path) => /^([/\\]|[a-z]:)|\0/i.test(path) || path.split(/[/\\]/).includes(".."))) {
    return { kind: "deny", rule: "path.form", reason: "It is no path inside of the task's tree" };
  }
  return { kind: "allow", rule: "read.tree", reason: "It only reads the task's tree" };
}

type Matches = (list: readonly string[], path: string) => boolean;

/** Several files are one write: what the strictest of them needs. */
function decideWrites(
  files: readonly FileWrite[],
  rules: AccessRules,
  matchers: { isAllowed: Matches; isGuarded: Matches },
): AccessDecision {
  const decisions = files.map(({ path }) => decideWrite(path, rules, matchers));
  const strictest =
    decisions.find(({ kind }) => kind === "deny") ?? decisions.find(({ kind }) => kind === "ask");
  return strictest ?? decisions[0] ?? { kind: "deny", rule: "path.form", reason: "It names no file" };
}

function decideWrite(
  path: string,
  rules: AccessRules,
  { isAllowed, isGuarded }: { isAllowed: Matches; isGuarded: Matches },
): AccessDecision {
  const problem = pathProblem(path);
  if (problem !== null)
    return { kind: "deny", rule: "path.form", reason: `Not a path to write to: ${problem}` };
  if (!isAllowed(rules.scope.paths, path)) {
    return { kind: "deny", rule: "scope.paths", reason: "It lies outside of the run's scope" };
  }
  if (!isAllowed(rules.taskPaths, path)) {
    return { kind: "deny", rule: "scope.paths", reason: "It lies outside of what this task may change" };
  }
  if (!isGuarded(rules.controlPlane, path)) {
    return { kind: "allow", rule: "scope.paths", reason: "It lies in the scope of run and task" };
  }
  const reason = "It guards the rest: a person decides on each change";
  return {
    kind: "ask",
    rule: "controlPlane",
    reason,
    risk: "high",
    needsPerson: true,
    inScope: false,
    pattern: null,
  };
}

/** Folding a name costs more than all else, and the words of commands are often the same. */
function remembering(matches: PathMatcher): PathMatcher {
  const answers = new LruCache<string, boolean>(maxRemembered);
  return (path) => {
    const known = answers.get(path);
    if (known !== undefined) return known;
    const answer = matches(path);
    if (path.length <= maxRememberedLength) answers.set(path, answer);
    return answer;
  };
}

function kept<V>(cache: WeakMap<readonly string[], V>, list: readonly string[], make: () => V): V {
  const known = cache.get(list);
  if (known !== undefined) return known;
  const made = make();
  cache.set(list, made);
  return made;
}
