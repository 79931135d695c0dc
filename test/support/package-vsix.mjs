// Packs the built extension into dist/agent-team-<version>.vsix, or into the file named as argument.
// Needs no network and asks nothing.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createVSIX } from "@vscode/vsce";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const packagePath = resolve(process.argv[2] ?? join(root, "dist", `agent-team-${version}.vsix`));

for (const built of [
  "dist/extension/extension.cjs",
  "dist/host/main.js",
  "dist/webview/team.js",
  "dist/webview/review.js",
  "dist/webview/task.js",
  "LICENSE",
]) {
  if (!existsSync(join(root, built))) throw new Error(`${built} is missing: run "npm run build" first`);
}
mkdirSync(dirname(packagePath), { recursive: true });
rmSync(packagePath, { force: true });
await createVSIX({
  cwd: root,
  packagePath,
  // esbuild has bundled every package; node_modules stays out.
  dependencies: false,
  // Without a public repository vsce would ask on the terminal, and could not rewrite the README's links.
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
});
console.log(`${packagePath}: ${statSync(packagePath).size} bytes`);
