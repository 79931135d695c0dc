import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const execFileAsync = promisify(execFile);
const repositoryRoot = join(import.meta.dirname, "..", "..", "..");
const cacheFolder = join(repositoryRoot, ".vscode-test");

export interface PinnedPackage {
  name: string;
  version: string;
  /** `sha512-…`, as the registry states it; anything else that arrives is refused. */
  integrity: string;
}

/**
 * The folder of a pinned npm package below `.vscode-test/`, fetched and made ready once. `makeReady` works in a
 * folder of its own that is renamed when it has finished, so that a half-made folder is never taken for a whole.
 */
export async function cachedPackage(
  pinned: PinnedPackage,
  makeReady: (folder: string) => Promise<void>,
): Promise<string> {
  const target = join(cacheFolder, `${pinned.name.replace("/", "-")}-${pinned.version}`);
  if (existsSync(target)) return target;
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, "new-"));
  try {
    await unpack(pinned, work);
    await makeReady(join(work, "package"));
    await rename(join(work, "package"), target).catch((error: unknown) => {
      // Another run may have been faster; its folder is as good as ours.
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

/** Runs npm under this process's Node, whatever Node the machine's npm would choose. */
export async function npm(args: readonly string[], cwd: string): Promise<void> {
  const bin = join(repositoryRoot, "node_modules", ".bin");
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
  await execFileAsync("npm", [...args], { cwd, env, maxBuffer: 16 * 1024 * 1024 });
}

async function unpack({ name, version, integrity }: PinnedPackage, folder: string): Promise<void> {
  await npm(["pack", `${name}@${version}`, "--silent"], folder);
  const archive = (await readdir(folder)).find((file) => file.endsWith(".tgz"));
  if (archive === undefined) throw new Error(`npm pack ${name}@${version} left no archive`);
  const digest = createHash("sha512")
    .update(await readFile(join(folder, archive)))
    .digest("base64");
  if (`sha512-${digest}` !== integrity) {
    throw new Error(`${name}@${version} has the digest sha512-${digest}, expected ${integrity}`);
  }
  await execFileAsync("tar", ["-xzf", archive], { cwd: folder });
  await rm(join(folder, archive));
}
