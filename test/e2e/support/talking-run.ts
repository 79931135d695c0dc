import { globSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { waitUntil } from "./wait-until.ts";

const hold = "npm test -- hold";
const usage = { input: 12_400, output: 310 };

/** A scripted team whose coder talks, runs tests that write for some seconds, and twice waits until the test lets go. */
export function talkingScript(): string {
  const call = (name: string, input: unknown, text = "") => ({ text, toolCalls: [{ name, input }], usage });
  const submit = (input: Record<string, unknown>) =>
    call("submit_result", { summary: "Done", sources: ["src/greet.js"], ...input });
  const task = { taskId: "t-bye", agentType: "back-end-coder", task: "Add a farewell", title: "Say goodbye" };
  const agents = {
    "team-leader": [{ when: { taskType: "planning.plan" }, ...call("plan_tasks", { tasks: [task] }) }],
    "back-end-coder": [
      call("read_file", { path: "src/greet.js" }, "I look at the greeting first."),
      call("read_file", { path: "src/none.js" }, "There may be a farewell already."),
      call("run_command", { command: hold }, "Is the ground clear?"),
      call("run_command", { command: "npm test" }, "Let me see what the tests say."),
      {
        ...call("write_file", {
          path: "src/farewell.js",
          content: 'exports.farewell = (name) => "Bye " + name;\n',
        }),
        text: "Take your time. I write the farewell beside the greeting:\n\n  farewell(name) → “Bye <name>”",
        delayMs: 500,
      },
      call("run_command", { command: hold }, "Is anybody there?"),
      call("read_file", { path: "src/farewell.js" }, "I read it once more."),
      submit({}),
    ],
    reviewer: [submit({ verdict: "approve", findings: [] })],
    tester: [submit({ verdict: "approve", findings: [] })],
  };
  return JSON.stringify({ format: 1, agents });
}

/** A test that tells the time for some seconds before it passes; asked to hold, it waits for `letGo` instead. */
export const slowTest = `const { existsSync, rmSync } = require("node:fs");
const { greet } = require("../src/greet.js");
if (greet("Ann") !== "Hello Ann") process.exit(1);
const holds = process.argv.includes("hold");
let left = 60;
const timer = setInterval(() => {
  if (holds ? existsSync("go") : left === 0) {
    clearInterval(timer);
    rmSync("go", { force: true });
  } else if (!holds) {
    console.log("at=" + Date.now());
    left -= 1;
  }
}, 60);
`;

/** Lets the agent that holds go on. `agentTeamHome`: the state folder of the host it runs in. */
export async function letGo(agentTeamHome: string): Promise<void> {
  const pattern = "workspaces/*/runs/*/tree/*/test/greet.js";
  await waitUntil(async () => globSync(pattern, { cwd: agentTeamHome }).length > 0, { what: "the tree" });
  for (const file of globSync(pattern, { cwd: agentTeamHome })) {
    writeFileSync(join(agentTeamHome, dirname(file), "..", "go"), "");
  }
}
