import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { everythingIn, TreeFixture } from "./tree-fixture.ts";

const worker = new URL("./undo-worker.ts", import.meta.url).pathname;
/** From the intent on: while the first file is written, some later one, and what comes after. */
const delaysMs = [0, 10, 25, 50, 100, 5, 200];
let fixture: TreeFixture;

beforeEach(() => {
  fixture = new TreeFixture();
  const files = Array.from({ length: 10 }, (_, index) => [
    [`kept-${index}.txt`, "old\n"],
    [`gone/deep/${index}.txt`, "gone\n"],
  ]);
  fixture.write(Object.fromEntries(files.flat()));
  chmodSync(join(fixture.root, "gone", "deep"), 0o700);
  chmodSync(join(fixture.root, "kept-1.txt"), 0o600);
  mkdirSync(fixture.folder, { recursive: true });
});

afterEach(() => fixture.dispose());

test("a host that is killed anywhere leaves the change whole, or not at all, once the next one came", async () => {
  const states: Record<string, Record<string, string>> = { base: everythingIn(fixture.root) };
  const seen = new Set<string>();
  let cuts = 0;
  for (let kill = 0; cuts < 5 || seen.size < 2; kill += 1) {
    const look = (state: string): void => {
      // What applied looks like is told by the first time that it is.
      states[state] ??= everythingIn(fixture.root);
      expect(everythingIn(fixture.root)).toEqual(states[state]);
    };
    const [state = "", how] = (await attempt(look, delaysMs[kill % delaysMs.length] ?? 0)).split(" ");
    seen.add(state);
    if (how === "cut") cuts += 1;
  }
  expect(Object.keys(states.applied ?? {})).toContain("made-3.txt");
  expect(Object.keys(states.applied ?? {})).not.toContain("gone");
}, 180_000);

/** One life of a host: `look` sees the workspace once it has settled what the one before left. */
async function attempt(look: (state: string) => void, lifeMs: number): Promise<string> {
  const args = [worker, fixture.root, fixture.folder];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  if (child.stdout === null || child.stdin === null) throw new Error("no streams");
  child.stdin.on("error", () => undefined);
  let found = "";
  let failure: unknown;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "begins") return void setTimeout(() => child.kill("SIGKILL"), lifeMs);
    found = line;
    try {
      look(line.split(" ")[0] ?? "");
      child.stdin?.write("go\n");
    } catch (error) {
      failure = error;
      child.kill("SIGKILL");
    }
  });
  const [code] = await closed;
  if (failure !== undefined) throw failure;
  if (code !== null) throw new Error(`the host ended with ${code}`);
  return found;
}
