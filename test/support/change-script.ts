/** A workspace whose tests can be run, and a scripted team that adds a file to it. */
export const changeWorkspace: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    name: "greeter",
    version: "1.0.0",
    private: true,
    scripts: { test: "node test/greet.js" },
  }),
  "src/greet.js": 'exports.greet = (name) => "Hello " + name;\n',
  "test/greet.js":
    'const { greet } = require("../src/greet.js");\nif (greet("Ann") !== "Hello Ann") process.exit(1);\n',
};

interface ScriptWish {
  /** What the coder does before it hands its work back; adds `src/farewell.js` if not given. */
  readonly calls?: readonly { readonly name: string; readonly input: unknown }[];
}

/** Plans one task for the back-end coder, which does `calls` and hands back. */
export function changeScript({ calls = [farewell] }: ScriptWish = {}): string {
  const task = {
    taskId: "t-farewell",
    agentType: "back-end-coder",
    task: "Add a farewell beside the greeting",
  };
  const usage = { input: 1_000, output: 100 };
  return JSON.stringify({
    format: 1,
    agents: {
      "team-leader": [
        { toolCalls: [{ name: "plan_tasks", input: { tasks: [task] } }], usage },
        { toolCalls: [{ name: "submit_result", input: { summary: "planned" } }], usage },
      ],
      "back-end-coder": [
        ...calls.map((call) => ({ toolCalls: [call], usage })),
        { toolCalls: [{ name: "submit_result", input: { summary: "done" } }], usage },
      ],
    },
  });
}

const farewell = {
  name: "write_file",
  input: { path: "src/farewell.js", content: 'exports.farewell = (name) => "Bye " + name;\n' },
};
