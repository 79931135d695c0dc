import type { TaskWords } from "../../agent-host/protocol/task-words.ts";

/** A tool call in a line: icon, past-tense verb, object. */
export interface CallLine {
  readonly icon: string;
  readonly verb: string;
  /** A path, a command, what was looked for; "" if the input names none of these. */
  readonly object: string;
}

type Tool = readonly [icon: string, verb: keyof TaskWords];

const tools: Readonly<Record<string, Tool>> = {
  read_file: ["file", "didRead"],
  list_files: ["list-tree", "didList"],
  search_text: ["search", "didSearch"],
  edit_file: ["edit", "didEdit"],
  multi_edit: ["edit", "didEdit"],
  apply_patch: ["edit", "didEdit"],
  write_file: ["new-file", "didWrite"],
  delete_file: ["trash", "didDelete"],
  run_command: ["terminal", "didRun"],
  fetch_page: ["globe", "didFetch"],
  web_fetch: ["globe", "didFetch"],
  ask_user: ["question", "didAsk"],
  message_agent: ["comment", "didTell"],
  plan_tasks: ["list-ordered", "didPlan"],
  submit_result: ["check", "didHandBack"],
};

/** What a call did, for people who do not read JSON. A tool that is not known goes by its name. Pure. */
export function callLine(call: { name: string; input: string }, words: TaskWords): CallLine {
  const known = Object.hasOwn(tools, call.name) ? tools[call.name] : undefined;
  const object = objectOf(call.input);
  if (known === undefined) return { icon: "tools", verb: call.name, object };
  return { icon: known[0], verb: words[known[1]], object };
}

const names = ["path", "command", "argv", "pattern", "query", "url", "question", "summary", "task"] as const;

function objectOf(input: string): string {
  const parsed = parsedObject(input);
  for (const name of names) {
    const value = parsed[name];
    if (typeof value === "string" && value !== "") return firstLine(value);
    if (Array.isArray(value) && value.every((each) => typeof each === "string"))
      return firstLine(value.join(" "));
  }
  return "";
}

function parsedObject(input: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(input);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // It was too long to be sent whole: then the name of the tool has to do.
    return {};
  }
}

const maxObject = 300;

function firstLine(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > maxObject ? `${line.slice(0, maxObject)}…` : line;
}
