import { basename, dirname } from "node:path";
import { isInside } from "../programs.ts";
import { privateRoots } from "../secret-places.ts";
import type { Guard } from "./guards.ts";
import type { HiddenPlace } from "./hidden-places.ts";

/** Home of a command inside the sandbox; it goes with it. */
export const homeInside = "/tmp/home-of-command";

/** What one command gets to see. All paths exist and have no links. */
export interface Profile {
  readonly folder: string;
  readonly writable: string;
  readonly hidden: readonly HiddenPlace[];
  readonly guards: readonly Guard[];
  /** Folders that must stay readable wherever they lie. */
  readonly needed: readonly string[];
  /** Those of `privateRoots` that are folders here, not links. */
  readonly roots: readonly string[];
}

/**
 * Settings of the whole machine, which belong to user 0 even without capabilities: `core_pattern` alone names a
 * program that the kernel starts outside. bubblewrap 0.8 leaves `sys` open to root.
 */
const machineSettings = ["sys", "sysrq-trigger", "fs", "acpi", "scsi", "mtrr", "driver", "pressure"].map(
  (name) => `/proc/${name}`,
);

const maxTemporaryBytes = 2 ** 30;
const binaryFolders: ReadonlySet<string> = new Set(["bin", "sbin", ".bin", "shims"]);

/**
 * Arguments for bubblewrap, up to the command's own; see bwrap(1). Later mounts cover earlier ones, hence the order:
 * everything read-only, private folders over it, in them what programs need, over that what is hidden, and last the
 * one folder that may change, with its guarded names.
 */
export function profileArguments(profile: Profile): string[] {
  const { hidden, guards, writable } = profile;
  const hiddenFolders = hidden.filter(({ isFolder }) => isFolder).map(({ path }) => path);
  const hiddenFiles = hidden.filter(({ isFolder }) => !isFolder).map(({ path }) => path);
  const made = guards.filter(({ kind }) => kind === "made").map(({ path }) => path);
  const present = guards.filter(({ kind }) => kind === "present").map(({ path }) => path);
  return [
    ...["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"],
    ...machineSettings.flatMap((path) => ["--ro-bind-try", path, path]),
    ...profile.roots.flatMap((path) => ["--size", String(maxTemporaryBytes), "--tmpfs", path]),
    ...["--dir", homeInside],
    ...neededMounts(profile).flatMap((path) => ["--ro-bind-try", path, path]),
    ...hiddenFolders.flatMap((path) => ["--tmpfs", path]),
    ...hiddenFiles.flatMap((path) => ["--ro-bind", "/dev/null", path]),
    ...["--bind", writable, writable],
    ...present.flatMap((path) => ["--ro-bind", path, path]),
    ...made.flatMap((path) => ["--tmpfs", path]),
    // What is written into a cover would be lost without a word.
    ...[...hiddenFolders, ...made].flatMap((path) => ["--remount-ro", path]),
    ...["--unshare-user-try", "--unshare-net", "--unshare-ipc", "--unshare-pid", "--unshare-uts"],
    // Root keeps its capabilities otherwise, and could take the covers off.
    ...["--cap-drop", "ALL", "--new-session", "--die-with-parent"],
    ...["--chdir", profile.folder],
  ];
}

/** A folder that may change must not bring along what is hidden. */
export function hiddenInside({ hidden, writable }: Pick<Profile, "hidden" | "writable">): string | null {
  return hidden.find(({ path }) => isInside(path, writable))?.path ?? null;
}

/** What is needed and would be gone with a private root. A program's folder brings its neighbours: libraries. */
function neededMounts({ needed, roots }: Profile): string[] {
  const mounts = needed.map((path) => {
    const above = dirname(path);
    return binaryFolders.has(basename(path)) && !privateRoots.includes(above) ? above : path;
  });
  return [...new Set(mounts)].filter((path) => roots.some((root) => path !== root && isInside(path, root)));
}
