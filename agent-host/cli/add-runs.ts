import type { Command } from "commander";
import type { CommandFrame } from "./command-frame.ts";
import {
  parsedCount,
  parsedLimit,
  parsedMinutes,
  parsedMoney,
  parsedRunId,
  parsedWords,
} from "./parsed-arguments.ts";

/** `agent-team runs …` */
export function addRuns(program: Command, frame: CommandFrame): void {
  const runs = program
    .command("runs")
    .description("list, show, resume, pause, steer, cancel and delete runs");
  addReading(runs, frame);
  addResume(runs, frame);
  addSteering(runs, frame);
  addEnding(runs, frame);
}

function addReading(runs: Command, { context, finish, globals }: CommandFrame): void {
  runs
    .command("list")
    .description("list the runs of this workspace, newest first")
    .option("--limit <n>", "at most this many", parsedCount, 20)
    .action(async (options: { limit: number }) => {
      const { listRunsCommand } = await import("./runs.ts");
      finish(await listRunsCommand({ ...globals(), ...options }, context));
    });
  runs
    .command("show")
    .argument("<run>", "its id", parsedRunId)
    .description("show a run: phases, gates and their evidence, tasks, changes, budget, what it waits for")
    .action(async (runId: string) => {
      const { showRunCommand } = await import("./runs.ts");
      finish(await showRunCommand(runId, globals(), context));
    });
}

interface BudgetOptions {
  budgetUsd?: number;
  budgetTokens?: number;
  budgetMinutes?: number;
  budgetCalls?: number;
}

function addResume(runs: Command, { context, finish, globals }: CommandFrame): void {
  runs
    .command("resume")
    .argument("<run>", "its id", parsedRunId)
    .description("go on with a run that was paused or interrupted, or waits for an answer")
    .option("--budget-usd <n>", "new limit of money for the whole run", parsedMoney)
    .option("--budget-tokens <n>", "new limit of tokens for the whole run", parsedLimit)
    .option("--budget-minutes <n>", "new limit of minutes for the whole run", parsedMinutes)
    .option("--budget-calls <n>", "new limit of model calls for the whole run", parsedLimit)
    .action(async (runId: string, options: BudgetOptions) => {
      const { resumeCommand } = await import("./run.ts");
      const budget = {
        ...(options.budgetUsd === undefined ? {} : { usd: options.budgetUsd }),
        ...(options.budgetTokens === undefined ? {} : { tokens: options.budgetTokens }),
        ...(options.budgetMinutes === undefined ? {} : { minutes: options.budgetMinutes }),
        ...(options.budgetCalls === undefined ? {} : { modelCalls: options.budgetCalls }),
      };
      finish(await resumeCommand({ runId, budget }, globals(), context));
    });
}

function addSteering(runs: Command, { context, finish, globals }: CommandFrame): void {
  runs
    .command("pause")
    .argument("<run>", "its id", parsedRunId)
    .description("stop the work on a run until 'runs resume'")
    .action(async (runId: string) => {
      const { pauseRunCommand } = await import("./runs.ts");
      finish(await pauseRunCommand(runId, globals(), context));
    });
  runs
    .command("steer")
    .argument("<run>", "its id", parsedRunId)
    .argument("<words>", "what the agents shall hear", parsedWords)
    .description("say something to the agents at work and to those that start later")
    .option("--task <task>", "only to this task")
    .action(async (runId: string, words: string, options: { task?: string }) => {
      const { steerRunCommand } = await import("./runs.ts");
      finish(await steerRunCommand({ runId, words, ...options }, globals(), context));
    });
}

function addEnding(runs: Command, { context, finish, globals }: CommandFrame): void {
  runs
    .command("cancel")
    .argument("<run>", "its id", parsedRunId)
    .description("end a run; what it found so far is kept")
    .action(async (runId: string) => {
      const { cancelRunCommand } = await import("./runs.ts");
      finish(await cancelRunCommand(runId, globals(), context));
    });
  runs
    .command("delete")
    .argument("<run>", "its id", parsedRunId)
    .description("delete what a run said and found; the journal keeps that it was there")
    .action(async (runId: string) => {
      const { deleteRunCommand } = await import("./runs.ts");
      finish(await deleteRunCommand(runId, globals(), context));
    });
}
