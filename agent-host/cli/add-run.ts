import { type Command, Option } from "commander";
import { profileSchema } from "../protocol/phase.ts";
import { approveModeSchema, providerSchema } from "../protocol/run.ts";
import type { CommandFrame } from "./command-frame.ts";
import { parsedGoal, parsedMoney } from "./parsed-arguments.ts";
import type { RunWish } from "./run-request.ts";

/** `agent-team run` */
export function addRun(program: Command, { context, finish, globals }: CommandFrame): void {
  program
    .command("run")
    .argument("<goal>", "what you want to know or have done, in words", parsedGoal)
    .description("let the team work on a goal and write a report")
    .addOption(new Option("--profile <name>", "how much process").choices(profileSchema.options))
    .addOption(
      new Option(
        "--provider <name>",
        "where the intelligence comes from (default: what config.yaml names, else offline)",
      ).choices(providerSchema.options),
    )
    .option("--model <name>", "one model for every agent, as model or endpoint:model")
    .option("--script <file>", "the answers of the scripted model; only with --provider scripted")
    .addOption(
      new Option(
        "--approve <how>",
        "who answers tool calls that need approval: ask a person; auto allows what lies in scope; never refuses each",
      )
        .choices(approveModeSchema.options)
        .default("ask"),
    )
    .option("--budget-usd <n>", "most money to spend; else what the rules say", parsedMoney)
    .option("--trust", "you trust this folder: processes may start in it, now and later")
    .option("--report <file>", "also write the report there (.md, .json or .sarif)")
    .addHelpText("after", help)
    .action(async (goal: string, options: Omit<RunWish, "goal"> & { report?: string }) => {
      const { runRequestOf } = await import("./run-request.ts");
      const { runCommand } = await import("./run.ts");
      const request = await runRequestOf({ ...options, goal }, context.cwd);
      const report = options.report === undefined ? {} : { report: options.report };
      finish(await runCommand(request, { ...globals(), ...report }, context));
    });
}

const help = `
Profiles: analysis reads and reports; change and full also change code, with gates in between. --approve auto passes no
gate that needs a person and writes no file that steers tools or agents: on a terminal with --approve ask you are
asked, else the command ends with 6 and names the 'agent-team gates approve …' that answers it. With --approve never
nobody is asked, and such a gate ends the run with 3.

Examples:
  agent-team run "Where are the risks in this repository?"
  agent-team run "Security review" --report review.sarif
  agent-team run "Nightly check" --json | tail -1
  agent-team run "Add a login page" --provider scripted --script demo.json --trust
`;
