import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "../../agent-host/tools/tool.ts";
import { parseToolInput } from "../../agent-host/tools/tool-input.ts";

/** A folder with files for tools to work in, beside an `outside` folder they must not reach. */
export interface TaskTree {
  readonly folder: string;
  readonly outside: string;
  readonly context: ToolContext;
  put(path: string, content: string | Uint8Array): Promise<string>;
  read(path: string): Promise<string>;
  remove(): Promise<void>;
}

export async function makeTaskTree(): Promise<TaskTree> {
  const home = await realpath(await mkdtemp(join(tmpdir(), "task-tree-")));
  const folder = join(home, "tree");
  const outside = join(home, "outside");
  await mkdir(folder);
  await mkdir(outside);
  return {
    folder,
    outside,
    context: { folder, isWritable: true, taskId: "t-1", onOutput: () => undefined },
    put: async (path, content) => {
      const whole = join(folder, path);
      await mkdir(dirname(whole), { recursive: true });
      await writeFile(whole, content);
      return whole;
    },
    read: (path) => readFile(join(folder, path), "utf8"),
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

const never = new AbortController().signal;

/** Parses, prepares and performs a call, as the gate does when it allows it. */
export async function useTool<Input>(
  tool: Tool<Input>,
  input: unknown,
  context: ToolContext,
): Promise<ToolOutput> {
  const prepared = await prepareTool(tool, input, context);
  return "text" in prepared ? prepared : await prepared.perform(never);
}

export async function prepareTool<Input>(
  tool: Tool<Input>,
  input: unknown,
  context: ToolContext,
): Promise<PreparedCall | ToolOutput> {
  const parsed = parseToolInput(tool, input);
  return parsed.kind === "fault" ? parsed.output : await tool.prepare(parsed.input, context, never);
}
