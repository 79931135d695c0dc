import * as z from "zod";
import { maxToolResultBytes } from "../protocol/conversation.ts";
import type { BackgroundCommands, Look } from "./background-commands.ts";
import { endingOf, headAndTail } from "./command-text.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { cutToBytes, fault } from "./tool-output.ts";
import { factOf } from "./visible-text.ts";

const maxWaitMs = 120_000;
const maxPartBytes = maxToolResultBytes - 512;

const idShape = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .describe("Which command; if left out, the one that was started last");
const idNames = { command_id: "id", shell_id: "id", bash_id: "id", task_id: "id", commandId: "id" };

const commandOutputInput = lenientObject(
  {
    id: idShape,
    waitMs: z.number().min(0).default(0).describe(`Wait at most this long for its end, up to ${maxWaitMs}`),
    until: z.string().min(1).max(500).optional().describe("Stop waiting once this text stands in the output"),
    offset: z.int().min(0).optional().describe("Of an output that was cut: from which character to go on"),
  },
  { ...idNames, wait_ms: "waitMs", timeoutMs: "waitMs", timeout: "waitMs", wait_for: "until" },
);
export type CommandOutputInput = z.output<typeof commandOutputInput>;

const stopCommandInput = lenientObject({ id: idShape }, idNames);
export type StopCommandInput = z.output<typeof stopCommandInput>;

/** Looks at a background command, or goes on with an output that was too long for one result. */
export function commandOutputTool(background: BackgroundCommands): Tool<CommandOutputInput> {
  return {
    name: "command_output",
    description:
      "What a background command has put out since you last looked, and whether it has ended. To wait, set waitMs, " +
      "with until for a text such as 'listening'; do not ask again and again. With offset: the next part of an " +
      "output that run_command had to cut.",
    input: commandOutputInput,
    prepare: async (input, context) => ({
      // What programs say is text of others, as files are.
      access: { kind: "read", paths: ["."] },
      hasEffect: false,
      facts: [factOf("read the output of command", input.id ?? "started last")],
      check: { kind: "none" },
      perform: (signal) => lookAt(input, context, background, signal),
      recovered: () => gone(input.id),
    }),
  };
}

/** Ends a background command. */
export function stopCommandTool(background: BackgroundCommands): Tool<StopCommandInput> {
  return {
    name: "stop_command",
    description:
      "End a background command with all its processes, and read the last of its output. Those still running when " +
      "the task ends are ended by themselves.",
    input: stopCommandInput,
    prepare: async ({ id }, { taskId }): Promise<PreparedCall> => ({
      access: { kind: "none" },
      hasEffect: true,
      facts: [factOf("stop command", id ?? "started last")],
      check: { kind: "repeatable" },
      perform: async (signal) => {
        const look = await background.stop({ taskId, id: id ?? null }, signal);
        return look === null ? unknown(id, taskId, background) : showLook(look);
      },
      recovered: () => gone(id),
    }),
  };
}

/** State and new output of a background command, for the model. */
export function showLook({ id, text, lost, state }: Look): ToolOutput {
  const shown = headAndTail(text, (left) => `[… ${left} characters left out …]`);
  const missed = lost > 0 ? `[${lost} characters before this were not kept]\n` : "";
  const isBad = state.kind === "ended" && (state.outcome.ended !== "exited" || state.outcome.exitCode !== 0);
  return {
    text: `[command ${id}: ${wordsFor(state)}]\n${missed}${shown.text === "" ? "[no new output]" : shown.text}`,
    isError: isBad,
    ...(shown.isCut ? { full: text } : {}),
  };
}

function wordsFor(state: Look["state"]): string {
  if (state.kind === "running") return "running";
  return state.kind === "stopped" ? "stopped" : endingOf(state.outcome, Math.round(state.outcome.durationMs));
}

async function lookAt(
  { id, waitMs, until, offset }: CommandOutputInput,
  { taskId }: ToolContext,
  background: BackgroundCommands,
  signal: AbortSignal,
): Promise<ToolOutput> {
  const kept = id === undefined ? null : background.kept(taskId, id);
  if (kept !== null) return partOf(kept, offset ?? 0);
  const given = { taskId, id: id ?? null, waitMs: Math.min(waitMs, maxWaitMs), until: until ?? null };
  const look = await background.output(given, signal);
  return look === null ? unknown(id, taskId, background) : showLook(look);
}

function partOf(text: string, offset: number): ToolOutput {
  if (offset >= text.length) return fault(`The output has ${text.length} characters; nothing follows`);
  const part = cutToBytes(text.slice(offset), maxPartBytes);
  const end = offset + part.length;
  const note =
    end < text.length ? `\n[characters ${offset} to ${end} of ${text.length}; go on with offset ${end}]` : "";
  return { text: `${part}${note}`, isError: false };
}

function unknown(id: string | undefined, taskId: string, background: BackgroundCommands): ToolOutput {
  const known = background.known(taskId);
  const there = known.length === 0 ? "there is none" : `there are ${known.join(", ")}`;
  if (id === undefined)
    return fault("No command was started in the background, or the host started again since");
  return fault(`There is no command ${JSON.stringify(id)} any more (${there}). ${restarted}`);
}

function gone(id: string | undefined): ToolOutput {
  return fault(`The command ${id ?? ""} is gone. ${restarted}`);
}

const restarted =
  "Commands and kept outputs end with their task and with the host; start it again if you need it";
