import { roleOf } from "../files/file-role.ts";
import { goalWords } from "./goal-words.ts";
import type { OutlineFile, RepositoryOutline } from "./outline.ts";

export interface RankRequest {
  readonly goal: string;
  /** Paths or globs that a task is about. */
  readonly paths: readonly string[];
}

const rounds = 30;
/**
 * How much of a file's weight goes on to what it imports, and from there. Less than on the web: what the whole
 * repository imports says little about a goal.
 */
const damping = 0.5;
/** Who imports a file may have to change with it, but less often than the other way round. */
const backwards = 0.3;

/**
 * Places of the files, the most telling for a goal first: personalised PageRank (Page, Brin et al. 1999) over the
 * imports, which begins anew at files whose names and definitions have words of the goal, and at those a task is about.
 */
export async function rankFiles(
  { files }: RepositoryOutline,
  request: RankRequest,
  signal: AbortSignal,
): Promise<number[]> {
  const start = startWeights(files, await wordScores(files, goalWords(request.goal), signal), request.paths);
  const flow = spread(files, start);
  const weights = files.map((file, index) => {
    return ((flow[index] ?? 0) + (start[index] ?? 0)) * importanceOf(file);
  });
  return files.map((_, index) => index).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
}

/** How many of the words stand in each file's path and definitions; rare ones count more, those in the path most. */
async function wordScores(
  files: readonly OutlineFile[],
  words: readonly string[],
  signal: AbortSignal,
): Promise<Float64Array> {
  const scores = new Float64Array(files.length);
  let sliceEndMs = performance.now() + sliceMs;
  const hits: [number, number][][] = words.map(() => []);
  for (const [index, { path, symbols }] of files.entries()) {
    const lowerPath = path.toLowerCase();
    const lower = symbols
      .map(({ text }) => text)
      .join("\n")
      .toLowerCase();
    words.forEach((word, at) => {
      const weight = lowerPath.includes(word) ? 3 : lower.includes(word) ? 1 : 0;
      if (weight > 0) hits[at]?.push([index, weight]);
    });
    // The host has other things to do meanwhile.
    if (performance.now() < sliceEndMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    sliceEndMs = performance.now() + sliceMs;
  }
  for (const found of hits) {
    const rarity = Math.log(1 + files.length / Math.max(1, found.length));
    for (const [index, weight] of found) scores[index] = (scores[index] ?? 0) + weight * rarity * rarity;
  }
  return scores;
}

const sliceMs = 5;

/** Sums to 1. */
function startWeights(
  files: readonly OutlineFile[],
  words: Float64Array,
  paths: readonly string[],
): Float64Array {
  const fixed = paths.map(fixedPart).filter((path) => path !== "");
  const near = Float64Array.from(files, ({ path }) =>
    fixed.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)) ? 1 : 0,
  );
  const even = Float64Array.from(files, importanceOf);
  const parts: [Float64Array, number][] = [
    [even, 0.2],
    [words, 0.4],
    [near, 0.4],
  ];
  const used = parts.map(([values, share]) => ({
    values,
    share,
    sum: values.reduce((sum, each) => sum + each, 0),
  }));
  const whole = used.reduce((sum, part) => sum + (part.sum > 0 ? part.share : 0), 0);
  return Float64Array.from(files, (_, index) =>
    used.reduce(
      (sum, part) =>
        part.sum > 0 ? sum + ((part.values[index] ?? 0) / part.sum) * (part.share / whole) : sum,
      0,
    ),
  );
}

function spread(files: readonly OutlineFile[], start: Float64Array): Float64Array {
  const out = Float64Array.from(files, ({ imports }) => imports.length);
  for (const { imports } of files) for (const to of imports) out[to] = (out[to] ?? 0) + backwards;
  let flow = start;
  for (let round = 0; round < rounds; round += 1) {
    const next = start.map((weight) => weight * (1 - damping));
    let lost = 0;
    files.forEach(({ imports }, from) => {
      const share = (damping * (flow[from] ?? 0)) / (out[from] || 1);
      if (out[from] === 0) lost += damping * (flow[from] ?? 0);
      for (const to of imports) {
        next[to] = (next[to] ?? 0) + share;
        next[from] = (next[from] ?? 0) + (backwards * damping * (flow[to] ?? 0)) / (out[to] || 1);
      }
    });
    // What leads nowhere begins anew.
    flow = next.map((weight, index) => weight + lost * (start[index] ?? 0));
  }
  return flow;
}

const roleWeights: Readonly<Record<ReturnType<typeof roleOf>, number>> = {
  source: 1,
  script: 0.6,
  config: 0.5,
  declaration: 0.5,
  test: 0.4,
  example: 0.3,
  docs: 0.2,
  fixture: 0.05,
};

const codeEnding =
  /\.(?:[mc]?[jt]sx?|pyi?|go|rs|java|kts?|rb|php|cs|c|h|cc|cpp|hpp|m|swift|scala|sh|sql|vue|svelte|astro|lua|exs?|erl|clj|dart|zig|hs|ml|r|jl|pl|proto|graphql)$/i;

function importanceOf({ path }: OutlineFile): number {
  return roleWeights[roleOf(path)] * (codeEnding.test(path) ? 1 : 0.2);
}

/** The folders, or the whole path, before anything that stands for several names. */
function fixedPart(glob: string): string {
  const names = glob.split("/");
  const first = names.findIndex((name) => /[*?{}]/.test(name));
  return (first === -1 ? names : names.slice(0, first))
    .filter((name) => name !== "." && name !== "")
    .join("/");
}
