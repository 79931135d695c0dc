import { type Command, InvalidArgumentError } from "commander";
import type { CommandFrame } from "./command-frame.ts";
import { parsedCount, parsedRunId } from "./parsed-arguments.ts";

/** `agent-team changes …` */
export function addChanges(program: Command, frame: CommandFrame): void {
  const changes = program
    .command("changes")
    .description("what runs change: list, show, cut down, undo, apply again");
  addReading(changes, frame);
  addWriting(changes, frame);
  addDiscard(changes, frame);
}

function addReading(changes: Command, { context, finish, globals }: CommandFrame): void {
  changes
    .command("list")
    .description("list the changes of all runs, newest first: proposed, applied or undone")
    .option("--limit <n>", "at most this many", parsedCount, 20)
    .action(async (options: { limit: number }) => {
      const { listChangesCommand } = await import("./changes.ts");
      finish(await listChangesCommand({ ...globals(), ...options }, context));
    });
  changes
    .command("show")
    .argument("<run>", "its id", parsedRunId)
    .description("show what a run changes as a unified diff")
    .option("--file <path>", "only this file, its hunks numbered as 'changes discard' takes them")
    .option("--stat", "only which files, and how many lines")
    .action(async (runId: string, options: { file?: string; stat?: boolean }) => {
      const { showChangeCommand } = await import("./changes.ts");
      finish(await showChangeCommand({ runId, ...options }, globals(), context));
    });
}

function addWriting(changes: Command, { context, finish, globals }: CommandFrame): void {
  changes
    .command("apply")
    .argument("<run>", "its id", parsedRunId)
    .description("apply a change once more that was undone; only one that every gate has passed")
    .action(async (runId: string) => {
      const { writeChangeCommand } = await import("./changes.ts");
      finish(await writeChangeCommand({ runId, kind: "apply" }, globals(), context));
    });
  changes
    .command("undo")
    .argument("<run>", "its id", parsedRunId)
    .description("take an applied change back, byte for byte; files you changed since are named instead")
    .action(async (runId: string) => {
      const { writeChangeCommand } = await import("./changes.ts");
      finish(await writeChangeCommand({ runId, kind: "undo" }, globals(), context));
    });
}

function addDiscard(changes: Command, { context, finish, globals }: CommandFrame): void {
  changes
    .command("discard")
    .argument("<run>", "its id", parsedRunId)
    .description("leave a file, or some of its hunks, out of a change that is not applied yet")
    .requiredOption("--file <path>", "the file, as 'changes show' names it")
    .option("--hunk <n...>", "only these hunks, numbered from 0 as in 'changes show --file'", parsedHunk)
    .addHelpText("after", discardHelp)
    .action(async (runId: string, options: { file: string; hunk?: number[] }) => {
      const { discardCommand } = await import("./changes.ts");
      finish(await discardCommand({ runId, ...options }, globals(), context));
    });
}

const discardHelp = `
Gates that had passed for the change as it was are evaluated again for what is left.

Examples:
  agent-team changes show r-mbx3k2f1-7f3a9c --file src/greet.ts
  agent-team changes discard r-mbx3k2f1-7f3a9c --file src/greet.ts --hunk 0 2
`;

function parsedHunk(text: string, before: number[] | undefined): number[] {
  const hunk = Number(text);
  if (text.trim() === "" || !Number.isInteger(hunk) || hunk < 0 || hunk > 1_000_000)
    throw new InvalidArgumentError("The number of a hunk is needed, from 0.");
  return [...(before ?? []), hunk];
}
