import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runAnalysis, startAnalysis } from "../../../agent-host/analysis/analyzer.ts";
import type { AnalysisEvent } from "../../../agent-host/analysis/engine.ts";
import { allFindings, codeAnalysisSchema } from "../../../agent-host/protocol/analysis.ts";

const workerUrl = new URL("../../../agent-host/analysis/worker.ts", import.meta.url);
const never = new AbortController().signal;
const moduleCount = 600;
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "agent-team-analysis-"));
  write("package.json", JSON.stringify({ name: "app", private: true, main: "src/index.ts" }));
  write("src/index.ts", `${range(moduleCount, (n) => `import "./m${n}.ts";`)}\nimport "./cycle-a.ts";\n`);
  for (let n = 0; n < moduleCount; n += 1) write(`src/m${n}.ts`, moduleText(n));
  write("src/cycle-a.ts", 'import { B } from "./cycle-b.ts";\nexport class A extends B {}\n');
  write(
    "src/cycle-b.ts",
    'import { A } from "./cycle-a.ts";\nexport class B { make() { return new A(); } }\n',
  );
  write("src/broken.ts", "export const = ;\n");
  write("src/deep.ts", `export const deep = ${"[".repeat(3_000)}${"]".repeat(3_000)};\n`);
  write("src/deeper.ts", `export const deeper = ${"(".repeat(100_000)}1${")".repeat(100_000)};\n`);
  write("src/chain.ts", `export const chain = ${Array(3_000).fill("'a'").join(" + ")};\n`);
  write(
    "src/not-utf8.ts",
    Buffer.from([0x65, 0x78, 0x70, 0x6f, 0x72, 0x74, 0x20, 0x7b, 0x7d, 0x3b, 0xff, 0xfe]),
  );
  write("src/binary.ts", Buffer.from([1, 2, 0, 4]));
  write("src/huge.ts", "");
  truncateSync(join(root, "src/huge.ts"), 50 * 1_048_576);
  symlinkSync("..", join(root, "src/loop"));
  execFileSync("mkfifo", [join(root, "src/pipe.ts")]);
  write("src/secret.ts", "export {};\n");
  chmodSync(join(root, "src/secret.ts"), 0);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the analysis worker", () => {
  test("analyses a hostile folder to the end and names what it left out", async () => {
    const events: AnalysisEvent[] = [];
    const analysis = await runAnalysis(
      { root },
      { workerUrl, threads: 2, onEvent: (event) => events.push(event) },
      never,
    );

    expect(codeAnalysisSchema.parse(analysis)).toBeTruthy();
    const rules = new Map(
      allFindings(analysis).map((finding) => [`${finding.ruleId} ${finding.file}`, finding]),
    );
    expect(rules.get("structure/import-cycle src/cycle-a.ts")?.message).toContain(
      "uses B from src/cycle-b.ts while loading",
    );
    expect(rules.get("structure/syntax-error src/broken.ts")?.range.startLine).toBe(1);
    const reasons = new Map(analysis.metrics.skipped.map(({ file, reason }) => [file, reason]));
    expect(reasons.get("src/binary.ts")).toBe("binary");
    expect(reasons.get("src/huge.ts")).toContain("larger than");
    expect(reasons.get("src/loop")).toBe("symbolic link");
    expect(reasons.get("src/pipe.ts")).toBe("not a regular file");
    // Root reads everything, whatever the mode says.
    if (process.getuid?.() !== 0) expect(reasons.get("src/secret.ts")).toContain("EACCES");
    const reading = events.filter((event) => event.kind === "progress" && event.stage === "reading");
    expect(reading.length).toBeGreaterThan(2);
    const last = reading.at(-1);
    expect(last?.kind === "progress" && last.done === last.total).toBe(true);
  });

  test("stops at once when cancelled", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const started = performance.now();
    const running = runAnalysis(
      { root },
      { workerUrl, onEvent: () => controller.abort(reason) },
      controller.signal,
    );
    await expect(running).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test("reports a root that is not there", async () => {
    const running = runAnalysis({ root: join(root, "absent") }, { workerUrl, onEvent: () => {} }, never);
    await expect(running).rejects.toMatchObject({ code: "analysis.unreadableRoot" });
  });

  test("names the file that was being read when the thread died", async () => {
    const script = `
      import { workerData } from "node:worker_threads";
      const bytes = Buffer.from(workerData.current);
      bytes.writeUInt16LE(bytes.write("src/bad.ts", 2), 0);
      throw new Error("out of memory");
    `;
    const dying = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
    await expect(runAnalysis({ root }, { workerUrl: dying, onEvent: () => {} }, never)).rejects.toMatchObject(
      {
        code: "analysis.crashed",
        message: expect.stringContaining("at src/bad.ts"),
      },
    );
  });

  test("takes in an edit and gives the same answer as a fresh run", async () => {
    const session = startAnalysis({ root }, { workerUrl, onEvent: () => {} }, never);
    try {
      await session.first;
      write("src/cycle-b.ts", "export class B {}\n");
      const updated = await session.update(["src/cycle-b.ts"]);
      const fresh = await runAnalysis({ root }, { workerUrl, onEvent: () => {} }, never);
      expect(updated.findings).toEqual(fresh.findings);
      expect(updated.metrics.cycles).toBe(0);
    } finally {
      await session.close();
    }
  });
});

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function range(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => line(n)).join("\n");
}

function moduleText(n: number): string {
  return `export function work${n}(input: number): number {\n  return input > ${n} ? input : ${n};\n}\nwork${n}(1);\n`;
}
