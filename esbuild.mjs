// Builds everything into dist/: the host (plain Node, lazy chunks), the extension (CommonJS for VS Code)
// and the webviews (browser). `--watch` is not needed: Node runs the TypeScript sources of the host unbundled.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const define = { AGENT_TEAM_VERSION: JSON.stringify(version) };

const common = { bundle: true, minify: true, define, logLevel: "warning", legalComments: "none" };

rmSync("dist", { recursive: true, force: true });

// What bundled CommonJS packages expect to find and an ES module does not have.
const requireShim = [
  'import { createRequire as __createRequire } from "node:module";',
  'import { fileURLToPath as __fileURLToPath } from "node:url";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = __fileURLToPath(import.meta.url);",
  'const __dirname = __fileURLToPath(new URL(".", import.meta.url));',
].join(" ");

await build({
  ...common,
  entryPoints: { main: "agent-host/main.ts", "analysis-worker": "agent-host/analysis/worker.ts" },
  outdir: "dist/host",
  chunkNames: "chunks/[name]-[hash]",
  platform: "node",
  target: "node20",
  format: "esm",
  splitting: true,
  banner: { js: requireShim },
  // ws looks for these optional native add-ons; it is complete without them.
  external: ["bufferutil", "utf-8-validate"],
});
// The host also runs from a copy outside this package, where no package.json says that .js is an ES module.
writeFileSync("dist/host/package.json", `${JSON.stringify({ type: "module", version })}\n`);
cpSync("system_prompts", "dist/host/system_prompts", { recursive: true });

await build({
  ...common,
  entryPoints: { extension: "extension/extension.ts" },
  outdir: "dist/extension",
  outExtension: { ".js": ".cjs" },
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode", "bufferutil", "utf-8-validate"],
});

await build({
  ...common,
  entryPoints: { team: "webview-ui/team.ts" },
  outdir: "dist/webview",
  platform: "browser",
  target: "es2022",
  format: "esm",
  loader: { ".css": "css", ".ttf": "file" },
});
const codicons = "node_modules/@vscode/codicons/dist";
if (existsSync(codicons)) {
  mkdirSync("dist/webview", { recursive: true });
  for (const file of ["codicon.css", "codicon.ttf"]) cpSync(`${codicons}/${file}`, `dist/webview/${file}`);
}
