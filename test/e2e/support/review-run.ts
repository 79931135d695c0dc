import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What stands in the workspace before the run. */
export const reviewFiles: Readonly<Record<string, string>> = {
  "README.md": "# Greeter\n\nGreets people.\n",
  "package.json": `${JSON.stringify({
    name: "greeter",
    version: "1.0.0",
    private: true,
    scripts: { test: "node test/greet.js" },
  })}\n`,
  "src/greet.js": greetings("Hello", "Good night"),
  "src/old.js": "// Nobody calls this any more.\nexports.old = () => 1;\n",
  "test/greet.js":
    'const { greet } = require("../src/greet.js");\nif (!greet("Ann").endsWith("Ann")) process.exit(1);\n',
};

/** What the scripted team makes of it: two hunks in one file, a file added, a file deleted. */
export const changedGreeting = greetings("Welcome", "Sleep well");
export const halfChangedGreeting = greetings("Welcome", "Good night");
export const addedFile = 'exports.farewell = (name) => "Bye " + name;\n';

export function writeReviewWorkspace(folder: string): void {
  for (const [file, text] of Object.entries(reviewFiles)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

/** A scripted team that walks a `change` run; a person has to approve at its review. */
export function reviewRunScript(): string {
  const submit = (input: Record<string, unknown>) =>
    call("submit_result", { summary: "Done", sources: [], ...input });
  const task = { taskId: "t-greet", agentType: "back-end-coder", task: "Make the greetings warmer" };
  return JSON.stringify({
    format: 1,
    agents: {
      "team-leader": [
        { when: { taskType: "planning.plan" }, ...call("plan_tasks", { tasks: [task] }) },
        submit({}),
      ],
      "back-end-coder": [
        call("write_file", { path: "src/greet.js", content: changedGreeting }),
        call("write_file", { path: "src/farewell.js", content: addedFile }),
        submit({}),
      ],
      reviewer: [submit({ verdict: "approve", findings: [] })],
      tester: [submit({ verdict: "approve", findings: [] })],
    },
  });
}

function call(name: string, input: unknown) {
  return { toolCalls: [{ name, input }], usage: { input: 1_000, output: 100 } };
}

function greetings(hello: string, night: string): string {
  const lines = [
    `exports.greet = (name) => "${hello} " + name;`,
    ...["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"].map(
      (word, index) => `exports.${word} = () => ${index + 1};`,
    ),
    `exports.night = (name) => "${night} " + name;`,
  ];
  return `${lines.join("\n")}\n`;
}
