// Builds everything into dist/: the host (plain Node), the extension (CommonJS for VS Code)
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

// ws looks for these optional native add-ons; it is complete without them.
const optionalAddOns = ["bufferutil", "utf-8-validate"];

// CommonJS: what is imported dynamically is evaluated when it is reached, and Node starts a script in a third of the
// time that it takes to link dozens of ES modules. In two files: `application` holds what every start needs, and the
// rest would take longer to read, even from the cache, than that takes to run.
const asScript = {
  ...common,
  outdir: "dist/host",
  platform: "node",
  target: "node20",
  format: "cjs",
  supported: { "dynamic-import": false },
  define: { ...define, "import.meta.url": "__importMetaUrl" },
  banner: { js: 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  external: [...optionalAddOns, "./later.js"],
};
const later = new Map();
await build({
  ...asScript,
  entryPoints: { main: "agent-host/boot.ts", application: "agent-host/main.ts" },
  plugins: [
    { name: "application", setup: keepApplicationApart },
    { name: "later", setup: (builder) => leaveForLater(builder, later) },
  ],
});
await build({
  ...asScript,
  stdin: { contents: tableOf(later), resolveDir: process.cwd(), sourcefile: "later.js" },
  outdir: undefined,
  outfile: "dist/host/later.js",
});

// TypeScript ships as one CommonJS function: compiled twice, and each `ts.x` a look-up among thousands. As a module of
// plain exports only what the parser needs stays, and calls are direct.
const typescriptAsModule = {
  name: "typescript-as-module",
  setup({ onLoad }) {
    onLoad({ filter: /typescript-parser[/\\]lib[/\\]typescript\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const body = source.slice(
        source.indexOf('"use strict";', source.indexOf("((module) => {")),
        source.indexOf("// Annotate the CommonJS export names"),
      );
      const table = /__export\(typescript_exports, \{([\s\S]*?)\n\}\);\nmodule\.exports = .*\n/.exec(body);
      const names = [...table[1].matchAll(/^\s*(\w+): \(\) => (\w+),?$/gm)];
      const exports = names.map(([, name, local]) => `${local} as ${name}`).join(", ");
      return { contents: `${body.replace(table[0], "")}\nexport { ${exports} };`, loader: "js" };
    });
  },
};

// The worker keeps its chunks: a parser is only read for a language that occurs.
await build({
  ...common,
  entryPoints: {
    "analysis-process": "agent-host/analysis/process.ts",
    "analysis-worker": "agent-host/analysis/worker.ts",
  },
  outdir: "dist/host",
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  platform: "node",
  target: "node20",
  format: "esm",
  splitting: true,
  plugins: [typescriptAsModule],
  banner: { js: requireShim },
});
// The host also runs from a copy outside this package, where nothing else says what .js is.
writeFileSync("dist/host/package.json", `${JSON.stringify({ type: "commonjs", version })}\n`);
cpSync("system_prompts", "dist/host/system_prompts", { recursive: true });
cpSync("media/demo", "dist/host/demo", { recursive: true });
mkdirSync("dist/host/rules");
cpSync("agent-host/rules/rules.yaml", "dist/host/rules/rules.yaml");
mkdirSync("dist/host/shell");
for (const file of ["tree-sitter.js", "tree-sitter.wasm", "tree-sitter-bash.wasm"]) {
  cpSync(`node_modules/@vscode/tree-sitter-wasm/wasm/${file}`, `dist/host/shell/${file}`);
}

// CommonJS cannot be split by esbuild itself: this one import stays a `require` of the second file.
const onDemand = {
  name: "on-demand",
  setup(builder) {
    builder.onResolve({ filter: /\/on-demand\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./on-demand.cjs", external: true } : undefined,
    );
  },
};

await build({
  ...common,
  plugins: [onDemand],
  supported: { "dynamic-import": false },
  entryPoints: { extension: "extension/extension.ts", "on-demand": "extension/on-demand.ts" },
  outdir: "dist/extension",
  outExtension: { ".js": ".cjs" },
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode", ...optionalAddOns],
});

await build({
  ...common,
  entryPoints: {
    team: "webview-ui/team.ts",
    review: "webview-ui/review.ts",
    task: "webview-ui/task/task.ts",
  },
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

// `boot.ts` must not hold the application: it is compiled before there is a cache.
function keepApplicationApart({ onResolve }) {
  onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: "./application.js", external: true }));
}

/** Leaves out what is imported dynamically, except by the one command that is all about its start. */
function leaveForLater({ onResolve, onLoad, resolve }, found) {
  onResolve({ filter: /./ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
    const isForLater = kind === "dynamic-import" && !path.endsWith("/serve.ts") && path !== "./main.ts";
    if (!isForLater || pluginData === "asked") return undefined;
    const options = { kind, resolveDir, importer, pluginData: "asked" };
    // Under a name of its own: what stands for an ES module here is CommonJS, whatever the name of that one ends with.
    return { path: "later", namespace: "later", suffix: `?${(await resolve(path, options)).path}` };
  });
  onLoad({ filter: /./, namespace: "later" }, ({ suffix }) => {
    const path = suffix.slice(1);
    // A name that is the same wherever the packages lie.
    const name = path.replaceAll("\\", "/").replace(/^.*\/(?=agent-host\/|node_modules\/)/, "");
    found.set(name, path);
    return { contents: `module.exports = require("./later.js")[${JSON.stringify(name)}]();` };
  });
}

/** A module that evaluates each of `files` when it is asked for. */
function tableOf(files) {
  const rows = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, path]) => `${JSON.stringify(name)}: () => require(${JSON.stringify(path)}),`);
  return `module.exports = { ${rows.join(" ")} };`;
}
