import { Command, CommanderError, Option } from "commander";
import { HostError } from "../core/host-error.ts";
import { version } from "../core/version.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import { addApprovers } from "./add-approvers.ts";
import { addChanges } from "./add-changes.ts";
import { addGates } from "./add-gates.ts";
import { addRun } from "./add-run.ts";
import { addRuns } from "./add-runs.ts";
import type { CliContext } from "./cli-context.ts";
import type { CommandFrame, GlobalOptions } from "./command-frame.ts";
import { parsedCount, parsedMinutes, parsedRunId } from "./parsed-arguments.ts";

/**
 * Carries out one command line and returns its exit code. Each command's code is loaded when it is called.
 *
 * @throws HostError for what went wrong in words; `cli.usage` for a wrong command line.
 */
export async function runCommandLine(context: CliContext): Promise<number> {
  let exitCode: number = exitCodes.done;
  const finish = (code: number): void => {
    exitCode = code;
  };
  let helpAsError = "";
  const program = buildProgram(context, finish, (text) => {
    helpAsError += text;
  });
  try {
    await program.parseAsync(context.argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.done;
    if (error.code === "commander.help") {
      // A command was left out: the help is the answer.
      context.output.note(helpAsError);
      return exitCodes.usage;
    }
    throw new HostError("cli.usage", error.message.replace(/^error: /, "").replace(/\.$/, ""), {
      hint: "See 'agent-team --help' or 'agent-team <command> --help'",
    });
  }
}

type Finish = (exitCode: number) => void;

function buildProgram(context: CliContext, finish: Finish, onErrorText: (text: string) => void): Command {
  const program = new Command("agent-team")
    .description("A team of AI developers you can trust with a real repository.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print help")
    .option("-w, --workspace <dir>", "the folder to work on", ".")
    .option("--json", "machine-readable output: one JSON value a line", false)
    .option("-q, --quiet", "only the result", false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.output.out(text),
      // Errors are printed once, by main.
      writeErr: onErrorText,
      getOutHelpWidth: () => context.output.columns,
    })
    .addHelpText("after", examples);
  const frame: CommandFrame = { context, finish, globals: () => program.opts<GlobalOptions>() };
  addRun(program, frame);
  addAnalyze(program, frame);
  addRuns(program, frame);
  addGates(program, frame);
  addChanges(program, frame);
  addApprovers(program, frame);
  addAudit(program, frame);
  addDoctor(program, frame);
  addDemo(program, frame);
  addServe(program, frame);
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((each) => each.commands),
  ]) {
    command.exitOverride().configureOutput(program.configureOutput());
  }
  return program;
}

const examples = `
Examples:
  agent-team run "What makes this code hard to change?"
  agent-team run "Security review" --workspace ../shop --report review.md
  agent-team analyze src --format sarif --fail-on error > findings.sarif
  agent-team gates list
  agent-team audit verify

Exit codes:
  0 done · 1 failed · 2 wrong command line · 3 gate failed or rejected, or --fail-on met · 4 budget or scope exhausted
  5 the audit does not verify · 6 waiting for approval · 130 cancelled
`;

function addAnalyze(program: Command, { context, finish, globals }: CommandFrame): void {
  program
    .command("analyze")
    .argument("[dir]", "the folder to analyze; --workspace if not given")
    .description("analyze code at once: no run, no journal, nothing is written")
    .addOption(new Option("--format <name>", "of the result").choices(["text", "json", "sarif", "markdown"]))
    .addOption(
      new Option("--fail-on <severity>", "exit with 3 if there is a finding this grave").choices([
        "error",
        "warning",
      ]),
    )
    .addHelpText(
      "after",
      `
Examples:
  agent-team analyze
  agent-team analyze packages/api --fail-on warning
  agent-team analyze --format sarif > findings.sarif
`,
    )
    .action(async (dir: string | undefined, options: { format?: string; failOn?: "error" | "warning" }) => {
      const { analyzeCommand } = await import("./analyze.ts");
      const { workspace, json, quiet } = globals();
      const format = options.format ?? (json ? "json" : "text");
      const failOn = options.failOn === undefined ? {} : { failOn: options.failOn };
      finish(await analyzeCommand({ directory: dir ?? workspace, format, quiet, ...failOn }, context));
    });
}

function addDemo(program: Command, { context, finish }: CommandFrame): void {
  program
    .command("demo")
    .argument("[dir]", "where to put the sample repository; a temporary folder if not given")
    .description("see the whole way on a sample repository with a scripted model: no key, no network")
    .action(async (directory: string | undefined) => {
      const { demoCommand } = await import("./demo.ts");
      finish(await demoCommand(directory === undefined ? {} : { directory }, context));
    });
}

function addAudit(program: Command, { context, finish, globals }: CommandFrame): void {
  const audit = program.command("audit").description("read and verify the journal of every decision");
  audit
    .command("list")
    .description("list the newest entries")
    .option("--limit <n>", "at most this many", parsedCount, 50)
    .option("--run <run>", "only of this run", parsedRunId)
    .option("--type <type>", "only of this type, for example gate.decided")
    .action(async (options: { limit: number; run?: string; type?: string }) => {
      const { listAuditCommand } = await import("./audit.ts");
      finish(await listAuditCommand({ ...globals(), ...options }, context));
    });
  audit
    .command("verify")
    .description("check every byte of the journal; exit code 5 if it does not verify")
    .action(async () => {
      const { verifyAuditCommand } = await import("./audit.ts");
      finish(await verifyAuditCommand(globals(), context));
    });
  audit
    .command("export")
    .description("print the whole journal, one entry a line")
    .action(async () => {
      const { exportAuditCommand } = await import("./audit.ts");
      finish(await exportAuditCommand(globals(), context));
    });
}

function addDoctor(program: Command, { context, finish, globals }: CommandFrame): void {
  program
    .command("doctor")
    .description("look at what works here and what does not")
    .action(async () => {
      const { doctorCommand } = await import("./doctor.ts");
      finish(await doctorCommand(globals(), context));
    });
}

function addServe(program: Command, { context, finish, globals }: CommandFrame): void {
  program
    .command("serve")
    .description("be the host of this workspace until told to stop")
    .addOption(new Option("--editor").hideHelp().default(false))
    .addOption(new Option("--idle-minutes <n>").hideHelp().argParser(parsedMinutes).default(10))
    .action(async (options: { editor: boolean; idleMinutes: number }) => {
      const { serveCommand } = await import("./serve.ts");
      finish(await serveCommand({ ...globals(), ...options }, context));
    });
}
