/**
 * The import table of the design as data. A layer owns the files below its `path` (the longest match wins).
 * `code`: layers whose code it may load. `types`: layers it may name in `import type`; `"*"` means all of
 * agent-host. `packages`: what it may import from node_modules; `"node"` stands for Node's own modules.
 */
export interface Layer {
  path: string;
  code: readonly string[];
  types: readonly string[];
  packages: readonly string[];
}

const shared = ["agent-host/protocol/", "agent-host/core/"];

function service(folder: string, packages: readonly string[] = []): Layer {
  return { path: `agent-host/${folder}/`, code: shared, types: ["*"], packages: ["node", ...packages] };
}

/** The other end of what `client/` does: address file and transport have one implementation, which stands there. */
function hostSide(folder: string, packages: readonly string[]): Layer {
  const layer = service(folder, packages);
  return { ...layer, code: [...layer.code, "agent-host/client/"] };
}

/** An entry point may load all of agent-host: it is where the services meet. */
function entryPoint(path: string, packages: readonly string[] = []): Layer {
  return { path, code: ["*"], types: ["*"], packages: ["node", ...packages] };
}

export const layers: readonly Layer[] = [
  { path: "agent-host/protocol/", code: [], types: [], packages: ["zod"] },
  { path: "agent-host/core/", code: ["agent-host/protocol/"], types: [], packages: ["node"] },
  { path: "agent-host/rules/", code: ["agent-host/protocol/"], types: [], packages: [] },
  { path: "agent-host/team/", code: [...shared, "agent-host/rules/"], types: ["*"], packages: ["node"] },
  {
    path: "agent-host/config/",
    code: [...shared, "agent-host/rules/"],
    types: ["*"],
    packages: ["node", "yaml", "zod"],
  },
  service("journal"),
  service("store", ["lowdb"]),
  service("agents"),
  service("models", ["zod", "@anthropic-ai/sdk", "eventsource-parser"]),
  service("tools", ["zod"]),
  service("context", ["chokidar", "yaml", "zod"]),
  service("workspace", ["ignore"]),
  service("hub"),
  service("observability"),
  service("security", ["yaml", "ipaddr.js", "@vscode/tree-sitter-wasm"]),
  hostSide("host", ["zod"]),
  hostSide("rpc", ["ws", "vscode-jsonrpc", "zod"]),
  service("client", ["ws", "vscode-jsonrpc", "env-paths"]),
  service("analysis", [
    "@lezer/common",
    "@lezer/python",
    "ignore",
    "smol-toml",
    "turndown",
    "typescript-parser",
    "yaml",
  ]),
  ...["worker", "process"].map((name) => ({
    path: `agent-host/analysis/${name}.ts`,
    code: [...shared, "agent-host/analysis/", "agent-host/workspace/"],
    types: ["*"],
    packages: ["node"],
  })),
  entryPoint("agent-host/boot.ts"),
  entryPoint("agent-host/main.ts"),
  entryPoint("agent-host/compose.ts", ["ws"]),
  entryPoint("agent-host/compose-services.ts", ["ws"]),
  entryPoint("agent-host/compose-team.ts"),
  entryPoint("agent-host/compose-work.ts"),
  entryPoint("agent-host/compose-tools.ts"),
  entryPoint("agent-host/compose-context.ts"),
  entryPoint("agent-host/compose-agents.ts"),
  entryPoint("agent-host/compose-models.ts"),
  entryPoint("agent-host/cli/", ["commander", "env-paths"]),
  {
    path: "extension/",
    code: [...shared, "agent-host/client/"],
    types: [],
    packages: ["node", "vscode", "ws", "vscode-jsonrpc"],
  },
  { path: "webview-ui/", code: ["agent-host/protocol/"], types: [], packages: [] },
];

/** Folders whose files must belong to a layer. */
export const sourceFolders = ["agent-host", "extension", "webview-ui"] as const;

/** Longest a source file may be, in lines. */
export const maxFileLines = 400;
