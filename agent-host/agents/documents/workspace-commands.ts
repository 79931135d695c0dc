import { type DocumentWorkspace, readText } from "./read-text.ts";

/** What can be run in a workspace, and where it says so. */
export interface WorkspaceCommands {
  /** Scripts by `package.json` (its path). */
  readonly scripts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Targets by Makefile; undefined where they can't all be told (includes, patterns, variables). */
  readonly targets: ReadonlyMap<string, ReadonlySet<string> | undefined>;
}

const maxManifests = 500;

export async function readCommands(
  workspace: DocumentWorkspace,
  signal: AbortSignal,
): Promise<WorkspaceCommands> {
  const scripts = new Map<string, ReadonlySet<string>>();
  const targets = new Map<string, ReadonlySet<string> | undefined>();
  const wanted = workspace.paths.filter((path) =>
    /(?:^|\/)(?:package\.json|(?:GNU)?[Mm]akefile)$/.test(path),
  );
  for (const path of wanted.slice(0, maxManifests)) {
    const text = await readText(workspace.root, path, signal);
    if (text === undefined) continue;
    if (path.endsWith("package.json"))
      scripts.set(path, new Set(Object.keys(recordOf(parseJson(text).scripts))));
    else targets.set(path, makeTargets(text));
  }
  return { scripts, targets };
}

/** The object in a JSON text; an empty one for anything else. */
export function parseJson(text: string): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch {
    // Templates and half-written files: nothing to know from them.
    return {};
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function makeTargets(text: string): Set<string> | undefined {
  if (/^(?:-?include|sinclude)\s|^[^\t#\n]*[%$][^\n=]*:(?!=)/m.test(text)) return undefined;
  const targets = new Set<string>();
  for (const line of text.split("\n")) {
    const match = /^([\w./-]+(?:[ \t]+[\w./-]+)*)[ \t]*::?(?!=)(.*)$/.exec(line);
    if (match === null) continue;
    const names = match[1] === ".PHONY" ? match[2] : match[1];
    for (const name of (names ?? "").trim().split(/\s+/)) targets.add(name);
  }
  return targets;
}
