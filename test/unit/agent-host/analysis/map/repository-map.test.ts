import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { goalWords } from "../../../../../agent-host/analysis/map/goal-words.ts";
import { makeOutline } from "../../../../../agent-host/analysis/map/make-outline.ts";
import { repositoryMap } from "../../../../../agent-host/analysis/map/repository-map.ts";
import { estimateTokens } from "../../../../../agent-host/context/estimate-tokens.ts";

let root: string;
let read: number;
const never = new AbortController().signal;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "map-"));
  read = 0;
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, "w", path)), { recursive: true });
    await writeFile(join(root, "w", path), text);
  }
}

const mapOf = (treeHash: string | null = null) =>
  repositoryMap({
    outline: async (folder) => {
      read += 1;
      return await makeOutline(folder);
    },
    estimateTokens,
    folder: join(root, "run"),
    treeHash: () => treeHash,
  });

const request = (change: object = {}) => ({
  root: join(root, "w"),
  goal: "Round the totals of carts",
  paths: [],
  maxTokens: 1_000,
  ...change,
});

const shop = {
  "package.json": "{}",
  "src/cart.ts": [
    'import { round } from "./money.ts";',
    "export const secret = process.env.KEY ?? 'sk-123456';",
    "export type Cart = { items: number[] };",
    "export class CartTotals {",
    "  #hidden(): void {}",
    "  private inner(): void {}",
    "  total(",
    "    cart: Cart,",
    "    digits = 2,",
    "  ): number {",
    "    return round(cart.items[0] ?? 0, digits);",
    "  }",
    "}",
    "export const sum = (cart: Cart): number => cart.items.length;",
  ].join("\n"),
  "src/money.ts": "export function round(value: number, digits: number): number {\n  return value;\n}\n",
  "src/mail.ts": "export function send(): void {}\n",
  "src/cart.test.ts": 'import { CartTotals } from "./cart.ts";\nexport const t = new CartTotals();\n',
  "tools/report.py":
    "import os\n\ndef carts_report(path: str) -> None:\n    pass\n\nclass Writer:\n    def write(self, text):\n        pass\n    def _flush(self):\n        pass\n",
  "server/main.go": "package main\nfunc main() {}\n",
  "node_modules/x/index.js": "module.exports = 1;\n",
};

describe("repositoryMap", () => {
  it("shows definitions as they are written, without bodies, values and what is private", async () => {
    await put(shop);
    const map = await mapOf()(request(), never);
    expect(map).toContain(
      [
        "src/cart.ts (14 lines)",
        "  2: const secret",
        "  3: type Cart",
        "  4: class CartTotals",
        "  7:   total( cart: Cart, digits = 2, ): number",
        "  14: const sum = (cart: Cart): number => …",
      ].join("\n"),
    );
    expect(map).toContain(
      "tools/report.py (10 lines)\n  3: def carts_report(path: str) -> None\n  6: class Writer\n  7:   def write(self, text)",
    );
    expect(map).toContain("server/main.go (28 bytes)");
    expect(map).not.toMatch(/sk-123|node_modules|_flush|hidden|inner/);
  });

  it("puts first what the goal names, what that imports, and the task's own files", async () => {
    await put(shop);
    const first = async (change: object) => {
      const map = await mapOf()(request({ maxTokens: 120, ...change }), never);
      return map
        .split("\n")
        .filter((line) => /^[^ ].*\)$/.test(line))
        .map((line) => line.split(" ")[0]);
    };
    expect(await first({})).toContain("src/cart.ts");
    expect(await first({})).not.toContain("src/mail.ts");
    expect(await first({ goal: "Look around", paths: ["src/mail.ts"] })).toContain("src/mail.ts");
    expect(await first({ goal: "", paths: ["server/**"] })).toContain("server/main.go");
  });

  it("fits into its tokens, whatever they are, and is the same each time", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 120 }, (_, index) => [
        `area${index % 7}/part${index}.ts`,
        `import { f${(index + 1) % 120} } from "../area${((index + 1) % 120) % 7}/part${(index + 1) % 120}.ts";\nexport function f${index}(): void {}\n`,
      ]),
    );
    await put(many);
    for (const maxTokens of [0, 1, 20, 60, 200, 777, 1_500, 100_000]) {
      const map = await mapOf()(request({ maxTokens }), never);
      expect(estimateTokens(map)).toBeLessThanOrEqual(maxTokens);
      expect(await mapOf()(request({ maxTokens }), never)).toBe(map);
      if (maxTokens === 777) expect(estimateTokens(map)).toBeGreaterThan(500);
    }
  });

  it("reads a tree once, also for a later host, and another tree anew", async () => {
    await put(shop);
    const make = mapOf("a1");
    const [one, two] = await Promise.all([make(request(), never), make(request(), never)]);
    expect(two).toBe(one);
    expect(read).toBe(1);
    expect(await mapOf("a1")(request(), never)).toBe(one);
    expect(read).toBe(1);
    await mapOf("b2")(request(), never);
    expect(read).toBe(2);
    expect((await readdir(join(root, "run"))).sort()).toEqual(["outline-a1.json", "outline-b2.json"]);
    await writeFile(join(root, "run/outline-a1.json"), "{ damaged");
    expect(await mapOf("a1")(request(), never)).toBe(one);
  });

  it("is made again for the others when the task that began is cancelled", async () => {
    await put(shop);
    const first = new AbortController();
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const make = repositoryMap({
      outline: async (folder, signal) => {
        read += 1;
        if (read > 1) return await makeOutline(folder);
        begin();
        return await new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason)),
        );
      },
      estimateTokens,
      folder: join(root, "run"),
      treeHash: () => "a1",
    });
    const cancelled = make(request(), first.signal);
    const other = make(request(), never);
    await begun;
    first.abort(new TypeError("cancelled"));
    await expect(cancelled).rejects.toThrow("cancelled");
    expect(await other).toContain("src/cart.ts");
  });
});

describe("goalWords", () => {
  it("keeps what tells something, in lower case, with the parts of names", () => {
    expect(goalWords("Fix the `parseCart` function, add tests for totals_by_day & Größe")).toEqual([
      "parsecart",
      "parse",
      "cart",
      "totals_by_day",
      "total",
      "day",
      "größe",
    ]);
  });
});
