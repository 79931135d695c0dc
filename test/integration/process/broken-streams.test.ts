import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import {
  type AnthropicMock,
  type MockRequest,
  startAnthropicMock,
} from "../../support/anthropic-mock/mock-server.ts";
import type { MockFault, MockTurn } from "../../support/anthropic-mock/mock-turn.ts";
import { entriesOf, type Finished } from "../../support/command-line.ts";
import { ModelRun } from "../../support/model-run.ts";

const submit = { name: "submit_result", input: { summary: "done" } };
const plan = {
  name: "plan_tasks",
  input: { tasks: [{ taskId: "t-do", agentType: "back-end-coder", task: "Add a farewell." }] },
};
const write = (path: string) => ({ name: "write_file", input: { path, content: "exports.bye = 1;\n" } });
/** What the broken answer would have done. */
const brokenCall = write("src/broken.js");

/** Breaks the coder's first answers, one after the other; what comes after them is whole. */
function breaking(faults: readonly MockTurn[]): (request: MockRequest) => MockTurn {
  const left = [...faults];
  return ({ body }) => {
    const said = JSON.stringify(body.messages);
    if (said.includes("Task t-plan "))
      return { toolCalls: [said.includes('"name":"plan_tasks"') ? submit : plan] };
    if (!said.includes("Task t-do ")) return { toolCalls: [submit] };
    if (said.includes('"name":"write_file"')) return { toolCalls: [submit] };
    return left.shift() ?? { toolCalls: [write("src/farewell.js")] };
  };
}

const impatient = "format: 1\nendpoints: { anthropic: { patience: { idleSeconds: 2 } } }\n";

interface Ended extends Finished {
  readonly mock: AnthropicMock;
  readonly files: readonly string[];
}

async function runBroken(faults: readonly MockTurn[]): Promise<Ended> {
  const run = await ModelRun.make({}, { config: impatient });
  const mock = await startAnthropicMock({ answer: breaking(faults), pieceCharacters: 8 });
  try {
    const ended = await run.start({ url: mock.url }, ["--profile", "change", "--approve", "never", "--json"]);
    const files = ["src/broken.js", "src/farewell.js"].filter((name) =>
      existsSync(join(run.sandbox.workspace, name)),
    );
    return { ...ended, mock, files };
  } finally {
    await mock.close();
    await run.dispose();
  }
}

const broken = (fault: MockFault): MockTurn => ({ text: "I will add it.", toolCalls: [brokenCall], fault });
const refused = (status: number, headers: Readonly<Record<string, string>> = {}): MockTurn => {
  return { error: { status, message: "Not now", headers } };
};

/** What breaks, and how many answers were begun for nothing. */
const mended: Readonly<Record<string, readonly [faults: readonly MockTurn[], paidTwice: number]>> = {
  "a stream that stalls": [[broken({ kind: "stall", afterBytes: 700 })], 1],
  "a cut in the middle of the text": [[broken({ kind: "cut", afterBytes: 700 })], 1],
  "a cut inside the JSON of a call": [[broken({ kind: "cut", afterBytes: 1_500 })], 1],
  "an early end inside the JSON of a call": [[broken({ kind: "end", afterBytes: 1_500 })], 1],
  "a call whose JSON is not whole": [[{ toolCalls: [{ ...brokenCall, cutAt: 20 }] }], 1],
  "an event that is no JSON": [[broken({ kind: "badJson", atEvent: 6 })], 1],
  "an error in the stream": [[broken({ kind: "midStreamError", atEvent: 6 })], 1],
  "an error in place of the start": [[broken({ kind: "midStreamError", atEvent: 0 })], 1],
  "no end of the message": [[broken({ kind: "noMessageStop" })], 1],
  "529 twice before the stream": [[refused(529), refused(529)], 0],
  "429 with a wait": [[refused(429, { "retry-after": "1" })], 0],
  "500 three times": [[refused(500), refused(500), refused(500)], 0],
  "a connection that is reset": [[broken({ kind: "reset" })], 0],
};

describe.concurrent("a run whose model's answer breaks once", () => {
  it.for(Object.entries(mended))(
    "is mended: %s",
    { timeout: 180_000 },
    async ([, [faults, paidTwice]], { expect }) => {
      const { code, stdout, stderr, files, mock } = await runBroken(faults);
      expect({ code, stderr, files }).toEqual({
        code: 0,
        stderr: expect.any(String),
        files: ["src/farewell.js"],
      });
      expect(mock.stats().paidTwice).toBeLessThanOrEqual(paidTwice);
      expect(mock.stats().complaints).toEqual([]);
      const intended = entriesOf(stdout).filter(({ type }) => type === "effect.intended");
      expect(intended.map(({ data }) => data.tool)).toEqual(["write_file", "apply_changes"]);
    },
  );
});

/** What never gets better, and what is said then. */
const hopeless: Readonly<Record<string, readonly [turn: MockTurn, code: string]>> = {
  "a body that is none of the API's": [
    broken({ kind: "body", contentType: "text/html", body: "<html>" }),
    "model.badStream",
  ],
  "a model that is not known": [refused(404), "model.unknown"],
  "a cut each time": [broken({ kind: "cut", afterBytes: 1_500 }), "model.cut"],
  "a wait longer than a minute": [refused(429, { "retry-after": "3600" }), "model.rateLimited"],
  "a key that is not accepted": [refused(401), "model.unauthorized"],
};

describe.concurrent("a run whose model never answers rightly", () => {
  it.for(Object.entries(hopeless))(
    "ends with a clear error: %s",
    { timeout: 180_000 },
    async ([, [turn, code]], { expect }) => {
      const ended = await runBroken(Array.from({ length: 50 }, () => turn));
      expect(ended).toMatchObject({ code: 1, files: [] });
      expect(ended.stderr).toContain(code);
      expect(ended.mock.stats().paidTwice).toBeLessThanOrEqual(1);
    },
  );
});
