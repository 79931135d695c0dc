import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outlineInProcess } from "../../agent-host/analysis/map/outline-in-process.ts";
import { repositoryMap } from "../../agent-host/analysis/map/repository-map.ts";
import { runAnalysisProcess } from "../../agent-host/analysis/run-process.ts";
import { ConversationFitter } from "../../agent-host/context/conversation-fitter.ts";
import { estimateTokens } from "../../agent-host/context/estimate-tokens.ts";
import { fitConversation } from "../../agent-host/context/fit-conversation.ts";
import type { Message } from "../../agent-host/protocol/conversation.ts";
import { alternate, type Measurement, median } from "./measure.ts";

const never = new AbortController().signal;
const maxTokens = 200_000;

/** What a task is told: its conversation cut to size, and a map of 300,000 lines. */
export async function run(): Promise<Measurement[]> {
  const messages = conversation(10_000);
  // A process that has never cut one is slower; a host cuts again and again.
  for (let round = 0; round < 5; round += 1) fitConversation(messages, maxTokens);
  const whole = times(9, () => void fitConversation(messages, maxTokens));
  return [
    { name: "cut a conversation of 10,000 messages", value: median(whole), unit: "ms", limit: 20 },
    { name: "cut it again for one more turn", value: median(furtherTurns(messages)), unit: "ms", limit: 1 },
    ...(await measureMap()),
  ];
}

function furtherTurns(messages: readonly Message[]): number[] {
  const fitter = new ConversationFitter();
  let end = messages.length - 400;
  fitter.fit(messages.slice(0, end), maxTokens);
  return times(199, () => {
    end += 2;
    fitter.fit(messages.slice(0, end), maxTokens);
  });
}

function times(rounds: number, act: () => void): number[] {
  return Array.from({ length: rounds }, () => {
    const startedMs = performance.now();
    act();
    return performance.now() - startedMs;
  });
}

function conversation(count: number): Message[] {
  const messages: Message[] = [{ role: "user", text: "The task" }];
  for (let turn = 0; messages.length < count; turn += 1) {
    const id = `c${turn}`;
    const toolCalls = [{ id, name: "read_file", input: { path: `src/part${turn % 70}/file${turn}.ts` } }];
    const results = [{ toolCallId: id, text: `const value${turn} = ${turn};\n`.repeat(100), isError: false }];
    messages.push({ role: "assistant", text: "I look at this file next.", toolCalls, stop: "toolUse" });
    messages.push({ role: "tool", results });
  }
  return messages;
}

async function measureMap(): Promise<Measurement[]> {
  const scratch = mkdtempSync(join(tmpdir(), "agent-team-bench-"));
  const processUrl = new URL("../../agent-host/analysis/process.ts", import.meta.url);
  const process = { processUrl, env: { PATH: globalThis.process.env.PATH }, onEvent: () => undefined };
  try {
    const root = writeCorpus(join(scratch, "corpus"), 3_000);
    const both = await alternate(
      3,
      async () => await msOf(() => outlineInProcess(root, process, never)),
      async () => await msOf(() => runAnalysisProcess({ root }, process, never)),
    );
    const make = repositoryMap({
      outline: (folder, signal) => outlineInProcess(folder, process, signal),
      estimateTokens,
      folder: join(scratch, "run"),
      treeHash: () => "tree",
    });
    const request = {
      root,
      goal: "Let Service 1207 count its steps",
      paths: ["src/area30/**"],
      maxTokens: 4_000,
    };
    await make(request, never);
    const again = await msOf(() => make(request, never));
    return [
      {
        name: "read 300,000 lines for a map, of their analysis",
        value: both.a / both.b,
        unit: "×",
        baseline: { name: "analysis, ms", value: both.b },
        limit: 1.15,
      },
      { name: "a further map of the same tree", value: again, unit: "ms", limit: 150 },
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function msOf(act: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return performance.now() - startedMs;
}

const modulesPerFolder = 40;

/** Modules of about 100 lines that import their neighbours. */
function writeCorpus(root: string, modules: number): string {
  for (let module = 0; module < modules; module += 1) {
    const folder = join(root, "src", `area${Math.floor(module / modulesPerFolder)}`);
    mkdirSync(folder, { recursive: true });
    const next = (module + 1) % modulesPerFolder === 0 ? module : module + 1;
    const methods = Array.from({ length: 10 }, (_, method) => methodText(module, method)).join("\n");
    const text = `import { Service${next} as Next } from "./module${next}.ts";\n\nexport class Service${module} {\n  next: Next | null = null;\n  items = new Map<string, number>();\n${methods}\n}\n`;
    writeFileSync(join(folder, `module${module}.ts`), text);
  }
  writeFileSync(join(root, "package.json"), '{"name":"corpus","private":true}');
  return root;
}

function methodText(module: number, method: number): string {
  return [
    `  step${method}(key: string, value: number): number {`,
    `    const known = this.items.get(key) ?? ${module};`,
    `    if (value > ${method} && known < ${module + method}) {`,
    `      this.items.set(key + "${method}", value * known);`,
    "      for (const [name, item] of this.items) {",
    `        if (name.startsWith("k${module}") || item === ${method}) this.items.delete(name);`,
    "      }",
    "    }",
    `    return known + value % ${method + 2};`,
    "  }",
  ].join("\n");
}
