/** What a load is asked to do; the first argument of its process, as JSON. */
export interface LoadTerms {
  readonly url: string;
  readonly agents: number;
  /** Calls of each agent: tool turns and the answer that ends them. */
  readonly calls: number;
  /** Calls at once that the SDK alone makes, as if it knew what the endpoint takes; absent: no limit. */
  readonly slots?: number;
}

/** What came of it; printed as JSON. CPU counts from the first call on, after one agent to warm up. */
export interface LoadResult {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly calls: number;
  readonly peakRssMiB: number;
  /** Calls that were refused and asked again. */
  readonly refused: number;
}

export const loadKey = "test-key";
export const loadSystem = "# Back-end coder\n\nRead the file, then say that it is done.";
export const loadTool = {
  name: "read_file",
  description: "Reads a file of the workspace.",
  schema: {
    type: "object",
    properties: { path: { type: "string" } },
    required: ["path"],
    additionalProperties: false,
  },
} as const;
export const loadToolResult = "export const a = 1;\n".repeat(50);
export const loadMaxTokens = 8_000;
export const loadModel = "claude-sonnet-5-5";

/** Its own words for each agent, so that no two requests are the same. */
export function loadTask(agent: number): string {
  return `Task t-${agent} (implementation.code): look at src/file${agent}.ts`;
}

/** Runs one agent to warm up, then all at once, and prints what it took. */
export async function runLoad(
  terms: LoadTerms,
  agent: (number: number) => Promise<number>,
  refused: () => number,
): Promise<void> {
  await agent(terms.agents);
  const before = refused();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const calls = await Promise.all(Array.from({ length: terms.agents }, (_, number) => agent(number)));
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const result: LoadResult = {
    wallMs,
    cpuMs: (user + system) / 1_000,
    calls: calls.reduce((sum, each) => sum + each, 0),
    peakRssMiB: process.resourceUsage().maxRSS / 1_024,
    refused: refused() - before,
  };
  console.log(JSON.stringify(result));
}
