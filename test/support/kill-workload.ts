/** Appends one word to a file: how often it ran can be counted afterwards. */
const appending =
  'const [, , file, word] = process.argv;\nconst fs = require("node:fs");\n' +
  'fs.mkdirSync(require("node:path").dirname(file), { recursive: true });\nfs.appendFileSync(file, word + "\\n");\n';

/** A workspace small enough to be worked through in a second, with programs whose every execution leaves a line. */
export const killWorkspace: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ name: "counted", version: "1.0.0", private: true }),
  "src/greet.js": 'exports.greet = (name) => "Hello " + name;\n',
  "src/old.js": "exports.old = true;\n",
  "src/page.js": "exports.page = 0;\n",
  "test/check.js": 'if (require("../src/greet.js").greet("A") !== "Hello A") process.exit(1);\n',
  "tools/count.js": appending,
  "tools/ask.js": appending,
};

/** The programs are named, and the analysis of the code is left out: it takes longest, and the report needs it. */
export const killRules = `profiles:
  change: [initialization, planning, implementation, review, verification, delivery]
phases:
  delivery:
    criteria: [{ kind: tasksCompleted }]
    tasks: []
commands:
  test: [node, test/check.js]
scope:
  commands:
    - [node, tools/count.js]
`;

/** The phases as they ship; only the programs are named. */
export const killRulesWithAllPhases = `commands:
  test: [node, test/check.js]
scope:
  commands:
    - [node, tools/count.js]
`;

/** What has to stand in the files that the commands append to, whatever was killed meanwhile. */
export const expectedCounts: Readonly<Record<string, string>> = {
  "count/alpha.txt": "first\nsecond\n",
  "count/beta.txt": "asked\n",
  "count/gamma.txt": "last\n",
};

/**
 * Three tasks, two of them in parallel and one after them: reads, writes, edits, a deletion, commands that are allowed
 * and one that a person is asked for.
 */
export function killScript(latencyMs: number): string {
  const usage = { input: 500, output: 50 };
  const turn = (includes: string, ...toolCalls: readonly Call[]): unknown => {
    return { when: { includes }, toolCalls, usage };
  };
  return JSON.stringify({
    format: 1,
    latencyMs,
    agents: {
      "team-leader": [
        { when: { taskType: "planning.plan" }, toolCalls: [call("plan_tasks", { tasks })], usage },
        { when: { taskType: "planning.plan" }, toolCalls: [submit("planned")], usage },
        { when: { taskType: "requirements.define" }, toolCalls: [submit("required")], usage },
        { when: { taskType: "design.propose" }, toolCalls: [submit("designed")], usage },
      ],
      "back-end-coder": [
        turn("ALPHA", read("src/greet.js"), call("list_files", { path: "." })),
        turn("ALPHA", write("src/alpha.js", "exports.alpha = 1;\n")),
        turn("ALPHA", count("tools/count.js", "count/alpha.txt", "first")),
        turn("ALPHA", edit("src/alpha.js", "= 1", "= 2"), write("src/alpha-more.js", "exports.more = 1;\n")),
        turn("ALPHA", count("tools/count.js", "count/alpha.txt", "second"), read("count/alpha.txt")),
        turn("ALPHA", submit("alpha done")),
        turn("GAMMA", edit("src/alpha.js", "= 2", "= 3")),
        turn("GAMMA", count("tools/count.js", "count/gamma.txt", "last")),
        turn("GAMMA", submit("gamma done")),
      ],
      "front-end-coder": [
        turn("BETA", read("src/page.js"), read("src/old.js")),
        turn(
          "BETA",
          call("delete_file", { path: "src/old.js" }),
          write("src/page.js", "exports.page = 1;\n"),
        ),
        turn("BETA", count("tools/ask.js", "count/beta.txt", "asked")),
        turn("BETA", submit("beta done")),
      ],
      "*": [
        { toolCalls: [read("src/alpha.js")], usage },
        { text: "It looks right.", usage },
      ],
    },
  });
}

interface Call {
  readonly name: string;
  readonly input: unknown;
}

const tasks = [
  { taskId: "t-alpha", agentType: "back-end-coder", task: "ALPHA: add the first part" },
  { taskId: "t-beta", agentType: "front-end-coder", task: "BETA: add the page" },
  {
    taskId: "t-gamma",
    agentType: "back-end-coder",
    task: "GAMMA: add the last part",
    dependsOn: ["t-alpha"],
  },
];

function call(name: string, input: unknown): Call {
  return { name, input };
}

function read(path: string): Call {
  return call("read_file", { path });
}

function write(path: string, content: string): Call {
  return call("write_file", { path, content });
}

function edit(path: string, oldText: string, newText: string): Call {
  return call("edit_file", { path, oldText, newText });
}

function count(program: string, file: string, word: string): Call {
  return call("run_command", { command: ["node", program, file, word] });
}

function submit(summary: string): Call {
  return call("submit_result", { summary });
}
