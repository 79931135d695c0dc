import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const parts = [
  ...["agent-host", "extension", "webview-ui", "system_prompts", "media"],
  ...["package.json", "esbuild.mjs"],
];

/** A bundle of exactly the sources as they are now, which starts twice as fast as they do. */
export async function bundleApart(): Promise<{ main: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-bundle-"));
  execFileSync("cp", ["-r", ...parts.map((part) => join(root, part)), folder]);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  execFileSync(process.execPath, ["esbuild.mjs"], { cwd: folder, stdio: "inherit" });
  return {
    main: join(folder, "dist/host/main.js"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
