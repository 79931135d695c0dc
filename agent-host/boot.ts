#!/usr/bin/env node
import { lstatSync, realpathSync, type Stats } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { stateHome } from "./client/state-home.ts";

// The first script of the bundle, kept tiny: what follows is compiled once and then read from the cache, which halves
// the start. What is in the cache is executed: it must be in the state folder, there already and of this user alone.
const cache = join(stateHome(process.env), "cache");
// Node.js 22.8 and later.
if (isPrivate(cache) && !mayBeBrought(cache))
  process.getBuiltinModule("node:module").enableCompileCache?.(cache);

void import("./main.ts");

function isPrivate(folder: string): boolean {
  const status = statusOf(folder);
  if (status?.isDirectory() !== true) return false;
  return process.platform === "win32" || (status.uid === process.getuid?.() && (status.mode & 0o077) === 0);
}

function statusOf(folder: string): Stats | undefined {
  try {
    return lstatSync(folder, { throwIfNoEntry: false });
  } catch {
    // No place for a cache; whoever needs the folder says what is wrong with it.
    return undefined;
  }
}

/** Whether a repository may have brought the folder along: it was chosen, and lies in a folder that is worked on. */
function mayBeBrought(folder: string): boolean {
  if (!process.env.AGENT_TEAM_HOME) return false;
  if (!isAbsolute(folder)) return true;
  const real = realpathSync(folder);
  const worked = process.argv.slice(2).map((each) => resolve(each.replace(/^(?:-w|--workspace=)/, "")));
  return [process.cwd(), ...worked].some((each) => isBelow(real, each) || isBelow(folder, each));
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
