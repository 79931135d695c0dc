const usage = { input: 12_400, output: 310 };

/** A scripted team whose coder talks, runs tests that write for some seconds, and takes its time. */
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
      { ...call("run_command", { command: "npm test" }, "Let me see what the tests say."), delayMs: 6_000 },
      {
        ...call("write_file", {
          path: "src/farewell.js",
          content: 'exports.farewell = (name) => "Bye " + name;\n',
        }),
        text: "Take your time. I write the farewell beside the greeting:\n\n  farewell(name) → “Bye <name>”",
        delayMs: 500,
      },
      { ...call("read_file", { path: "src/farewell.js" }, "I read it once more."), delayMs: 10_000 },
      { ...submit({}), delayMs: 3_000 },
    ],
    reviewer: [submit({ verdict: "approve", findings: [] })],
    tester: [submit({ verdict: "approve", findings: [] })],
  };
  return JSON.stringify({ format: 1, agents });
}

/** A test that tells the time for some seconds before it passes. */
export const slowTest = `const { greet } = require("../src/greet.js");
if (greet("Ann") !== "Hello Ann") process.exit(1);
let left = 60;
const timer = setInterval(() => {
  console.log("at=" + Date.now());
  left -= 1;
  if (left === 0) clearInterval(timer);
}, 60);
`;
