import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contentOf, never, TreeFixture } from "./tree-fixture.ts";

const worker = new URL("./tree-worker.ts", import.meta.url).pathname;
let fixture: TreeFixture;

beforeEach(() => {
  fixture = new TreeFixture();
  const files = (folder: string) =>
    Array.from({ length: 100 }, (_, index) => [`${folder}/${index}.txt`, "old\n"]);
  fixture.write(Object.fromEntries([...files("src"), ...files("gone/deep")]));
});

afterEach(() => fixture.dispose());

test("a run that is killed again and again comes to the same end", async () => {
  let answer: string | undefined;
  let kills = 0;
  // Each attempt lives a little longer than the one before, so the kills fall on every part of the work.
  for (let lifeMs = 10; answer === undefined; lifeMs *= 1.4) {
    answer = await attempt(lifeMs);
    if (answer === undefined) kills += 1;
  }
  expect(kills).toBeGreaterThan(3);
  const [base = "", tree = ""] = answer.split(" ");
  const trees = fixture.trees();
  expect(await trees.snapshot(never)).toBe(base);
  const expected = contentOf(await trees.checkout({ name: "look", tree }, never));
  expect(Object.keys(expected)).toHaveLength(160);
  expect(contentOf(fixture.root)).toEqual(expected);
  const { plan } = await trees.planApply({ base: tree, tree: base }, never);
  await trees.apply(plan, never);
  expect(Object.values(contentOf(fixture.root))).toEqual(Array(200).fill("- old\n"));
});

/** The worker's answer; undefined if it was killed before it came to its end. */
async function attempt(lifeMs: number): Promise<string | undefined> {
  const args = [worker, fixture.root, fixture.folder];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  let answer: string | undefined;
  if (child.stdout === null) throw new Error("no output");
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "ready") setTimeout(() => child.kill("SIGKILL"), lifeMs);
    if (line.startsWith("done ")) answer = line.slice("done ".length);
  });
  const [code] = await closed;
  if (answer === undefined && code !== null) throw new Error(`the worker ended with ${code}`);
  return answer;
}
