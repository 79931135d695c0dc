import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runAnalysis, startAnalysis } from "../../agent-host/analysis/analyzer.ts";
import { alternate, type Measurement, median } from "./measure.ts";

// Whole runs on a TypeScript code base: AGENT_TEAM_BENCH_REPO, or a synthetic one of 300,000 lines. Peers are compared
// when AGENT_TEAM_BENCH_PEERS names a folder whose node_modules/.bin has them. Uses the built worker when there is one.

const rounds = 3;
const never = new AbortController().signal;
const builtWorker = new URL("../../dist/host/analysis-worker.mjs", import.meta.url);
const sourceWorker = new URL("../../agent-host/analysis/worker.ts", import.meta.url);
const workerUrl = existsSync(builtWorker) ? builtWorker : sourceWorker;

export async function run(): Promise<Measurement[]> {
  const scratch = mkdtempSync(join(tmpdir(), "agent-team-bench-"));
  try {
    const given = process.env.AGENT_TEAM_BENCH_REPO;
    const small = writeCorpus(join(scratch, "small"), 300);
    const large = writeCorpus(join(scratch, "large"), 3_000);
    const target = given ?? large;
    const main = await medianRun(target);
    const [tenth, whole] = [await medianRun(small), await medianRun(large)];
    const perLine = whole.wallMs / whole.lines / (tenth.wallMs / tenth.lines);
    return [
      { name: `whole run, ${main.files} files, ${main.lines} lines`, value: main.wallMs, unit: "ms" },
      { name: "first finding", value: main.firstMs, unit: "ms", limit: 1_000 },
      {
        name: "peak RSS of this process",
        value: process.resourceUsage().maxRSS / 1_024,
        unit: "MB",
        limit: 400,
      },
      { name: "time per line, 300k against 30k lines", value: perLine, unit: "×", limit: 1.2 },
      await measureUpdate(target),
      ...(await measurePeers(target)),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface WholeRun {
  readonly wallMs: number;
  readonly firstMs: number;
  readonly files: number;
  readonly lines: number;
}

async function medianRun(root: string): Promise<WholeRun> {
  const runs: WholeRun[] = [];
  for (let round = 0; round < rounds; round += 1) runs.push(await wholeRun(root));
  const [first] = runs;
  return {
    wallMs: median(runs.map(({ wallMs }) => wallMs)),
    firstMs: median(runs.map(({ firstMs }) => firstMs)),
    files: first?.files ?? 0,
    lines: first?.lines ?? 0,
  };
}

async function wholeRun(root: string): Promise<WholeRun> {
  const startedMs = performance.now();
  let firstMs = Number.NaN;
  const onEvent = (event: { kind: string }): void => {
    if (event.kind === "findings" && Number.isNaN(firstMs)) firstMs = performance.now() - startedMs;
  };
  const { metrics } = await runAnalysis({ root }, { workerUrl, onEvent }, never);
  return { wallMs: performance.now() - startedMs, firstMs, files: metrics.files, lines: metrics.lines };
}

/** One edited file against the whole, in a session that stays. */
async function measureUpdate(root: string): Promise<Measurement> {
  const session = startAnalysis({ root }, { workerUrl, onEvent: () => {} }, never);
  try {
    const startedMs = performance.now();
    const { findings } = await session.first;
    const wholeMs = performance.now() - startedMs;
    const edited = findings.find(({ file }) => /\.[mc]?tsx?$/.test(file))?.file ?? "package.json";
    const updates: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const beforeMs = performance.now();
      await session.update([edited]);
      updates.push(performance.now() - beforeMs);
    }
    const percent = (median(updates) / wholeMs) * 100;
    return { name: "one edited file, of the whole run", value: percent, unit: "%", limit: 10 };
  } finally {
    await session.close();
  }
}

interface Peer {
  readonly name: string;
  readonly args: readonly string[];
  /** Highest acceptable time of ours as a multiple of theirs. */
  readonly atMost: number;
}

const peers: readonly Peer[] = [
  { name: "knip", args: ["--include", "files,exports,types", "--no-exit-code"], atMost: 2 },
  { name: "depcruise", args: ["--no-config", "--output-type", "err", "src", "test"], atMost: 1 },
  { name: "madge", args: ["--circular", "--extensions", "ts,tsx", "src", "test"], atMost: 1 },
  { name: "skott", args: ["--displayMode=raw", "--no-trackTypeOnlyDependencies"], atMost: 1 },
];

async function measurePeers(root: string): Promise<Measurement[]> {
  const folder = process.env.AGENT_TEAM_BENCH_PEERS;
  const measured: Measurement[] = [];
  for (const { name, args, atMost } of folder === undefined ? [] : peers) {
    const program = join(folder ?? "", "node_modules", ".bin", name);
    if (!existsSync(program)) continue;
    // In turn, so that what slows the machine slows both.
    const times = await alternate(
      2,
      async () => (await wholeRun(root)).wallMs,
      async () => await processMs(program, args, root),
    );
    measured.push({
      name: `own run against ${name} (${Math.round(times.b)} ms)`,
      value: times.a / times.b,
      unit: "×",
      limit: atMost,
    });
  }
  return measured;
}

function processMs(program: string, args: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const child = spawn(program, args, { cwd, stdio: "ignore" });
    child.once("error", reject);
    child.once("close", () => resolve(performance.now() - startedMs));
  });
}

const modulesPerFolder = 40;

/** Realistic modules of about 100 lines that import their neighbours; one in a hundred builds a shell command. */
function writeCorpus(root: string, modules: number): string {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "package.json"), '{"name":"corpus","private":true,"main":"src/index.ts"}');
  mkdirSync(join(root, "src"));
  const folders = Math.ceil(modules / modulesPerFolder);
  for (let folder = 0; folder < folders; folder += 1) mkdirSync(join(root, `src/area${folder}`));
  for (let module = 0; module < modules; module += 1) {
    writeFileSync(join(root, pathOf(module)), moduleText(module));
  }
  const index = Array.from(
    { length: folders },
    (_, folder) => `export * from "./area${folder}/module${folder * modulesPerFolder}.ts";`,
  );
  writeFileSync(join(root, "src/index.ts"), `${index.join("\n")}\n`);
  return root;
}

function pathOf(module: number): string {
  return `src/area${Math.floor(module / modulesPerFolder)}/module${module}.ts`;
}

function moduleText(module: number): string {
  const area = Math.floor(module / modulesPerFolder);
  const next = module + 1;
  const hasNext = Math.floor(next / modulesPerFolder) === area;
  const head = hasNext ? `import { Service${next} } from "./module${next}.ts";\n` : "";
  const shell =
    module % 100 === 7
      ? `import { exec } from "node:child_process";\nexport const clean = (folder: string) => exec(\`rm -r \${folder}\`);\n`
      : "";
  const methods = Array.from({ length: 10 }, (_, method) => methodText(module, method)).join("\n");
  return `${head}${shell}\n/** Service ${module}. */\nexport class Service${module} {\n  private readonly items = new Map<string, number>();\n${methods}\n}\n${hasNext ? `export const made${module} = () => new Service${next}();\n` : ""}`;
}

function methodText(module: number, method: number): string {
  return [
    `  step${module}x${method}(key: string, value: number): number {`,
    `    const known${method} = this.items.get(key) ?? ${module};`,
    `    if (value > ${method} && known${method} < ${module + method}) {`,
    `      this.items.set(key + "${method}", value * known${method});`,
    "      for (const [name, item] of this.items) {",
    `        if (name.startsWith("k${module}") || item === ${method}) this.items.delete(name);`,
    "      }",
    "    }",
    `    return known${method} + value % ${method + 2};`,
    "  }",
  ].join("\n");
}
