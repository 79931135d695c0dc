import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../core/host-error.ts";
import { readSmallFile } from "../core/small-file.ts";
import type { Rules } from "../protocol/rules.ts";
import { cargoCommands, goCommands, gradleCommands, makeCommands, mavenCommands } from "./build-tools.ts";
import { npmCommands } from "./npm-commands.ts";
import { pythonCommands } from "./python-commands.ts";

/** Commands by the name that criteria use (`test`, `lint`, `build`, `typecheck`), each a list of arguments. */
export type Commands = Readonly<Record<string, readonly string[]>>;

/** What lies at a workspace's root, as far as commands can be told from it. */
export interface Manifests {
  /** Names of files and folders. */
  readonly names: ReadonlySet<string>;
  /** Names of the files in `tests/` and `test/`. */
  readonly testNames: readonly string[];
  /** Text of a manifest; undefined where there is none that can be read. */
  text(name: string): string | undefined;
}

const manifests = [
  "package.json",
  "pyproject.toml",
  "setup.cfg",
  "tox.ini",
  "requirements.txt",
  "requirements-dev.txt",
  "dev-requirements.txt",
  "Pipfile",
  "Makefile",
  "makefile",
  "GNUmakefile",
];
const maxManifestBytes = 1_000_000;
const maxNames = 10_000;

/** For a name that several know, the first counts. */
const sources: readonly ((found: Manifests) => Commands)[] = [
  npmCommands,
  pythonCommands,
  cargoCommands,
  goCommands,
  gradleCommands,
  mavenCommands,
  makeCommands,
];

/**
 * The commands of a workspace: those of the rules, and for other names what its own manifests at the root offer.
 * Only reads; a manifest that is broken, missing or longer than 1 MB offers nothing.
 */
export async function detectCommands(
  given: { root: string; commands: Rules["commands"] },
  signal: AbortSignal,
): Promise<Record<string, string[]>> {
  const found = await readManifests(given.root);
  signal.throwIfAborted();
  return { ...commandsIn(found), ...given.commands };
}

/** The part without files: what manifests offer. */
export function commandsIn(found: Manifests): Record<string, string[]> {
  const commands: Record<string, string[]> = {};
  for (const source of sources) {
    for (const [name, argv] of Object.entries(source(found))) commands[name] ??= [...argv];
  }
  return commands;
}

async function readManifests(root: string): Promise<Manifests> {
  const names = new Set(await namesIn(root));
  const wanted = manifests.filter((name) => names.has(name));
  const texts = new Map(
    await Promise.all(wanted.map(async (name) => [name, await textOf(join(root, name))] as const)),
  );
  const folders = ["tests", "test"].filter((name) => names.has(name));
  const testNames = (await Promise.all(folders.map((name) => namesIn(join(root, name))))).flat();
  return { names, testNames, text: (name) => texts.get(name) };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).slice(0, maxNames);
  } catch (error) {
    if (systemErrorCode(error) !== undefined) return [];
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    const text = await readSmallFile(path, maxManifestBytes);
    return text === null ? undefined : text.replace(/^\ufeff/, "");
  } catch (error) {
    if (systemErrorCode(error) !== undefined) return undefined;
    throw error;
  }
}
