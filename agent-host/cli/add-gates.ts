import { type Command, Option } from "commander";
import { type Phase, phaseSchema } from "../protocol/phase.ts";
import type { CommandFrame } from "./command-frame.ts";
import { parsedComment, parsedRunId } from "./parsed-arguments.ts";

/** `agent-team gates …`: one inbox for gates and approvals. */
export function addGates(program: Command, frame: CommandFrame): void {
  const gates = program
    .command("gates")
    .description("what waits for a person: gates of phases, and approvals of tool calls");
  addReading(gates, frame);
  addApprove(gates, frame);
  addReject(gates, frame);
}

interface OfRun {
  run?: string;
}

function addReading(gates: Command, { context, finish, globals }: CommandFrame): void {
  gates
    .command("list")
    .description("list what waits, oldest first")
    .option("--run <run>", "only of this run", parsedRunId)
    .action(async (options: OfRun) => {
      const { listGatesCommand } = await import("./gates.ts");
      finish(await listGatesCommand({ ...globals(), ...options }, context));
    });
  gates
    .command("show")
    .argument("<id>", "its id, or RUN/ID")
    .description("show all that is decided on: content, evidence, changed files, digest")
    .option("--run <run>", "the run it belongs to", parsedRunId)
    .action(async (id: string, options: OfRun) => {
      const { showGateCommand } = await import("./gates.ts");
      finish(await showGateCommand(id, { ...globals(), ...options }, context));
    });
}

function addApprove(gates: Command, { context, finish, globals }: CommandFrame): void {
  gates
    .command("approve")
    .argument("<ids...>", "their ids, or RUN/ID")
    .description("approve, with your signature")
    .option("--run <run>", "the run they belong to", parsedRunId)
    .addOption(new Option("--for-run", "approvals: also equal calls of this run").conflicts("always"))
    .option("--always", "approvals: also equal calls of all later runs")
    .option("--clear <files...>", "gates: a protected file whose change you have looked at")
    .option("--clear-all", "gates: all protected files; they are listed")
    .option("--comment <text>", "your words, signed and kept", parsedComment)
    .addHelpText("after", approveHelp)
    .action(
      async (
        ids: string[],
        options: OfRun & {
          forRun?: boolean;
          always?: boolean;
          clear?: string[];
          clearAll?: boolean;
          comment?: string;
        },
      ) => {
        const { approveCommand } = await import("./gate-decisions.ts");
        const { forRun, always, clear, clearAll, ...rest } = options;
        const extent = always ? "always" : forRun ? "run" : "once";
        const wish = { ids, extent, clear: clearAll ? "all" : (clear ?? []) } as const;
        finish(await approveCommand({ ...wish, ...rest }, globals(), context));
      },
    );
}

const approveHelp = `
The signature is made with AGENT_TEAM_APPROVER_KEY_FILE, else with approver-key.pem in the state folder, whose
passphrase is asked on the terminal or taken from AGENT_TEAM_APPROVER_PASSPHRASE. See 'agent-team approvers'.

Examples:
  agent-team gates approve g-review-1 --run r-mbx3k2f1-7f3a9c
  agent-team gates approve g-verification-1 --clear package.json --clear test/login.test.js
  agent-team gates approve a-7f3a9c21 a-88b0c1d2 --for-run
`;

function addReject(gates: Command, { context, finish, globals }: CommandFrame): void {
  gates
    .command("reject")
    .argument("<ids...>", "their ids, or RUN/ID")
    .description(
      "reject, with your signature; a rejected gate ends its run, or sends the work back with --to",
    )
    .option("--run <run>", "the run they belong to", parsedRunId)
    .addOption(
      new Option("--to <phase>", "gates: send the work back to this phase").choices(phaseSchema.options),
    )
    .option("--comment <text>", "why; the agents get these words with the work", parsedComment)
    .action(async (ids: string[], options: OfRun & { to?: Phase; comment?: string }) => {
      const { rejectCommand } = await import("./gate-decisions.ts");
      finish(await rejectCommand({ ids, ...options }, globals(), context));
    });
}
