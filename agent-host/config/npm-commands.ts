import type { Commands, Manifests } from "./detect-commands.ts";

type Manager = "npm" | "pnpm" | "yarn" | "bun";

const lockFiles: readonly (readonly [string, Manager])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
];
const names = ["test", "lint", "build", "typecheck"];

/** Scripts of package.json, run by the package manager it names or whose lock file is there. */
export function npmCommands({ names: files, text }: Manifests): Commands {
  const manifest = parse(text("package.json"));
  const scripts = manifest?.scripts;
  if (!isRecord(scripts)) return {};
  const manager = managerOf(manifest?.packageManager, files);
  const known = names.filter((name) => isScript(scripts[name]));
  return Object.fromEntries(known.map((name) => [name, argvOf(manager, name)]));
}

function argvOf(manager: Manager, name: string): string[] {
  // `bun test` would be Bun's own runner.
  return name === "test" && manager !== "bun" ? [manager, "test"] : [manager, "run", name];
}

/** What `npm init` writes fails on purpose: it says that there are no tests. */
function isScript(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && !/Error: no test specified/.test(value);
}

function managerOf(declared: unknown, files: ReadonlySet<string>): Manager {
  const named = typeof declared === "string" ? /^(npm|pnpm|yarn|bun)@/.exec(declared)?.[1] : undefined;
  const locked = lockFiles.find(([file]) => files.has(file))?.[1];
  return (named as Manager | undefined) ?? locked ?? "npm";
}

function parse(text: string | undefined): Record<string, unknown> | null {
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    // Not JSON: it offers nothing.
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
