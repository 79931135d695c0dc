import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A small workspace whose test can be run. */
export function writeGreeterWorkspace(folder: string): void {
  const manifest = {
    name: "greeter",
    version: "1.0.0",
    private: true,
    scripts: { test: "node test/greet.js" },
  };
  const files: Record<string, string> = {
    "README.md": "# Greeter\n\nGreets people.\n",
    "package.json": `${JSON.stringify(manifest)}\n`,
    "src/greet.js": 'exports.greet = (name) => "Hello " + name;\n',
    "test/greet.js": greetTest,
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

/** A scripted team that walks a `full` run: adds a file, and changes a test so that a person has to clear it. */
export function fullRunScript(): string {
  const submit = (input: Record<string, unknown>) => ({
    toolCalls: [{ name: "submit_result", input: { summary: "Done", sources: ["src/greet.js"], ...input } }],
    usage,
  });
  const call = (name: string, input: unknown) => ({ toolCalls: [{ name, input }], usage });
  const task = {
    taskId: "t-farewell",
    agentType: "back-end-coder",
    task: "Add a farewell beside the greeting",
  };
  const agents = {
    "team-leader": [
      { when: { taskType: "requirements.define" }, ...submit({ summary: "A farewell is asked for" }) },
      { when: { taskType: "design.propose" }, ...submit({ summary: "A function beside the greeting" }) },
      { when: { taskType: "planning.plan" }, ...call("plan_tasks", { tasks: [task] }) },
    ],
    "back-end-coder": [
      call("write_file", {
        path: "src/farewell.js",
        content: 'exports.farewell = (name) => "Bye " + name;\n',
      }),
      call("write_file", { path: "test/greet.js", content: `${greetTest}${farewellTest}` }),
      submit({}),
    ],
    reviewer: [submit({ verdict: "approve", findings: [] })],
    tester: [submit({ verdict: "approve", findings: [] })],
  };
  return JSON.stringify({ format: 1, agents });
}

const usage = { input: 1_000, output: 100 };
const greetTest =
  'const { greet } = require("../src/greet.js");\nif (greet("Ann") !== "Hello Ann") process.exit(1);\n';
const farewellTest =
  'const { farewell } = require("../src/farewell.js");\nif (farewell("Ann") !== "Bye Ann") process.exit(1);\n';
