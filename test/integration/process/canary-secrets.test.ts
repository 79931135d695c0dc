import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AnthropicMock,
  type MockRequest,
  startAnthropicMock,
} from "../../support/anthropic-mock/mock-server.ts";
import type { MockTurn } from "../../support/anthropic-mock/mock-turn.ts";
import { entriesOf, type Finished } from "../../support/command-line.ts";
import { ModelRun } from "../../support/model-run.ts";

/** Twenty secrets of the shapes that such variables have. */
const canaries: Readonly<Record<string, string>> = {
  ANTHROPIC_API_KEY: "sk-ant-api03-canary+Q/9x_W-2hT7aa==",
  ANTHROPIC_AUTH_TOKEN: "at-canary-51f0c2d9b7",
  OPENAI_API_KEY: "sk-proj-canary-4c1b9e7730aa51",
  GITHUB_TOKEN: "ghp_canary0123456789abcdefABCDEF012345",
  GH_TOKEN: "github_pat_canary_11ABCDEFG0_zyxwvut",
  GITLAB_TOKEN: "glpat-canary_x7Yz",
  NPM_TOKEN: "npm_canaryAbCdEfGhIjKlMnOpQr",
  AWS_ACCESS_KEY_ID: "AKIACANARY0000EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "canary/K7MDENG+bPxRfiCYEXAMPLEKEY",
  AWS_SESSION_TOKEN: "FwoGZXIvYXdzEBYaDCanary//+==%2F",
  AZURE_CLIENT_SECRET: "canary~8Q.q_7s-Lx",
  GOOGLE_API_KEY: "AIzaCanarySyD-9tSrke72PouQMnMX-a7",
  DATABASE_PASSWORD: 'can"ary\\p@ss word&?',
  PGPASSWORD: "canary-pg-hunter2-ä",
  REDIS_PASSWORD: "canary\tredis\nlines",
  SLACK_BOT_TOKEN: "xoxb-canary-2222-3333-abcdef",
  STRIPE_SECRET_KEY: "sk_live_canary51H8xYz",
  JWT_SECRET: "eyJjYW5hcnkiOiJqd3QifQ.canary.c2ln",
  DATABASE_URL: "postgres://app:canary-url-pw-9f@db.example/app",
  SOME_CREDENTIALS: '{"client":"canary","secret":"c4n4ry-json"}',
};
const secrets = Object.values(canaries).concat("canary-url-pw-9f");

/** As they are, and as they stand in JSON, in JSON inside of JSON, in addresses and in base64 at any offset. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString("base64");
    return text.slice(offset === 0 ? 0 : offset + 1, -4);
  });
  const plain = [secret, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(secret), ...base64];
  return [
    ...new Set([...plain, Buffer.from(secret).toString("base64url"), Buffer.from(secret).toString("hex")]),
  ];
}

function leaksIn(where: string, bytes: Buffer): string[] {
  const text = bytes.toString("latin1");
  return secrets.flatMap((secret) =>
    formsOf(secret)
      .filter((form) => text.includes(Buffer.from(form).toString("latin1")))
      .map((form) => `${form} in ${where}`),
  );
}

async function leaksBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    found.push(...leaksIn("a file's name", Buffer.from(path)));
    if (entry.isFile()) found.push(...leaksIn(path, await readFile(path)));
    // What Git keeps is compressed.
    if (entry.isDirectory() && entry.name === "objects")
      found.push(...leaksIn(path, objectsOf(entry.parentPath)));
  }
  return found;
}

function objectsOf(gitDir: string): Buffer {
  return execFileSync("git", ["-C", gitDir, "cat-file", "--batch-all-objects", "--batch", "--unordered"], {
    maxBuffer: 1 << 28,
  });
}

const submit = { name: "submit_result", input: { summary: "done" } };
const plan = {
  name: "plan_tasks",
  input: { tasks: [{ taskId: "t-do", agentType: "back-end-coder", task: "Add a farewell." }] },
};

/** An endpoint that repeats the key wherever it can, and a model that looks for keys. */
function answers(key: string): (request: MockRequest) => MockTurn {
  const quoted = `Your key ${key} (${Buffer.from(key).toString("base64")}) is known`;
  let refused = 0;
  const turns: MockTurn[] = [
    { text: quoted, toolCalls: [{ name: "run_command", input: { command: ["npm", "test"] } }] },
    { thinking: quoted, toolCalls: [{ name: "run_command", input: { command: ["env"] } }] },
    { toolCalls: [{ name: "run_command", input: { command: ["cat", "/proc/self/environ"] } }] },
    { toolCalls: [{ name: "run_command", input: { command: `echo ${key}` } }] },
    { toolCalls: [{ name: "no_such_tool", input: { key } }] },
    {
      toolCalls: [{ name: "write_file", input: { path: "src/farewell.js", content: "exports.bye = 1;\n" } }],
    },
    { toolCalls: [{ ...submit, input: { summary: quoted } }] },
  ];
  return ({ body }) => {
    const said = JSON.stringify(body.messages);
    if (said.includes("Task t-plan "))
      return { toolCalls: [said.includes('"name":"plan_tasks"') ? submit : plan] };
    if (!said.includes("Task t-do ")) return { text: quoted, toolCalls: [submit] };
    if (refused === 0) {
      refused += 1;
      return { error: { status: 529, message: quoted } };
    }
    return turns[body.messages.filter(({ role }) => role === "assistant").length] ?? { toolCalls: [submit] };
  };
}

let run: ModelRun;
let mock: AnthropicMock;
const printing =
  'const fs = require("fs");\nconsole.log(JSON.stringify(process.env), process.env);\n' +
  'for (const pid of ["self", process.ppid, ...fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name))]) {\n' +
  '  try { console.log(fs.readFileSync("/proc/" + pid + "/environ", "utf8").split("\\0").filter((v) => /canary/i.test(v)).join("\\n")); } catch {}\n}\n';

beforeEach(async () => {
  run = await ModelRun.make({ "test/greet.js": printing });
  run.commit();
});

afterEach(async () => {
  await mock.close();
  await run.dispose();
});

function expectNoLeak(where: string, { stdout, stderr }: Finished): void {
  expect(leaksIn(`stdout of ${where}`, Buffer.from(stdout))).toEqual([]);
  expect(leaksIn(`stderr of ${where}`, Buffer.from(stderr))).toEqual([]);
}

const key = canaries.ANTHROPIC_API_KEY ?? "";

describe.each(["in the sandbox there is", "without a sandbox"])(
  "twenty secrets in the environment, %s",
  (place) => {
    it("are found nowhere after a whole run", async () => {
      mock = await startAnthropicMock({ key, answer: answers(key), fragmentBytes: null });
      const env = {
        ...canaries,
        ...(place === "without a sandbox" ? { PATH: await run.pathWithoutSandbox() } : {}),
      };
      const report = join(run.sandbox.folder, "report.md");
      const given = ["--profile", "change", "--approve", "auto", "--json", "--report", report];
      const ended = await run.start({ url: mock.url, key }, given, env);
      expect(ended.code).toBe(0);
      expectNoLeak("run", ended);
      const [first] = entriesOf(ended.stdout);
      const commands = [
        ["runs", "show", first?.runId ?? "", "--json"],
        ["runs", "list", "--json"],
        ["changes", "show", first?.runId ?? ""],
        ["audit", "export"],
        ["audit", "verify", "--json"],
        ["doctor", "--json"],
      ];
      for (const args of commands)
        expectNoLeak(args.join(" "), await run.sandbox.run(args, { ...run.env, ...env }));
      expect(await leaksBelow(run.sandbox.folder)).toEqual([]);
      // The commands did run, and what the one without a sandbox found in other processes was taken out.
      const all = JSON.stringify(mock.seen.map(({ body }) => body));
      expect(all).toContain("TERM: 'dumb'");
      if (place === "without a sandbox" && process.platform === "linux") expect(all).toContain("[redacted]");
      for (const { body, headers } of mock.seen) {
        // What the model said itself it knows.
        const told = { ...body, messages: body.messages.filter(({ role }) => role === "user") };
        expect(leaksIn("what the model is told", Buffer.from(JSON.stringify(told)))).toEqual([]);
        const { "x-api-key": sent, ...others } = headers;
        expect(sent).toBe(key);
        expect(leaksIn("other headers", Buffer.from(JSON.stringify(others)))).toEqual([]);
      }
    });
  },
);

describe("a key that its endpoint refuses", () => {
  it("stands in no words about that", async () => {
    const message = `invalid x-api-key: ${key} ${encodeURIComponent(key)} ${Buffer.from(key).toString("base64")}`;
    mock = await startAnthropicMock({ key, answer: () => ({ error: { status: 401, message } }) });
    const ended = await run.start({ url: mock.url, key }, ["--profile", "change"], canaries);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("model.unauthorized") });
    expectNoLeak("run", ended);
    expect(await leaksBelow(run.sandbox.folder)).toEqual([]);
  });
});
