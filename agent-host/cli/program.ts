import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { HostError } from "../core/host-error.ts";
import { version } from "../core/version.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import { runIdSchema } from "../protocol/ids.ts";
import { profileSchema } from "../protocol/phase.ts";
import { providerSchema } from "../protocol/run.ts";
import type { CliContext } from "./cli-context.ts";

interface GlobalOptions {
  workspace: string;
  json: boolean;
  quiet: boolean;
}

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
  const given: Given = { context, finish, globals: () => program.opts<GlobalOptions>() };
  addRun(program, given);
  addAnalyze(program, given);
  addRuns(program, given);
  addAudit(program, given);
  addDoctor(program, given);
  addServe(program, given);
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((each) => each.commands),
  ]) {
    command.exitOverride().configureOutput(program.configureOutput());
  }
  return program;
}

interface Given {
  readonly context: CliContext;
  readonly finish: Finish;
  globals(): GlobalOptions;
}

const examples = `
Examples:
  agent-team run "What makes this code hard to change?"
  agent-team run "Security review" --workspace ../shop --report review.md
  agent-team analyze src --format sarif --fail-on error > findings.sarif
  agent-team audit verify

Exit codes:
  0 done · 1 failed · 2 wrong command line · 3 gate failed, or --fail-on met · 4 budget or scope exhausted
  5 the audit does not verify · 6 waiting for approval · 130 cancelled
`;

function addRun(program: Command, { context, finish, globals }: Given): void {
  program
    .command("run")
    .argument("<goal>", "what you want to know or have done, in words")
    .description("let the team work on a goal and write a report")
    .addOption(new Option("--profile <name>", "how much process").choices(profileSchema.options))
    .addOption(
      new Option("--provider <name>", "where the intelligence comes from")
        .choices(providerSchema.options)
        .default("offline"),
    )
    .addOption(
      new Option("--approve <how>", "answers to what needs approval; nothing does in this version").choices([
        "ask",
        "auto",
        "never",
      ]),
    )
    .option("--budget-usd <n>", "most money to spend; the offline engine spends none", parsedMoney)
    .option("--trust", "trust this folder; not needed to read and report")
    .option("--report <file>", "also write the report there (.md, .json or .sarif)")
    .addHelpText(
      "after",
      `
This version works without a model: it reads and reports (profile analysis) and changes no file of yours.

Examples:
  agent-team run "Where are the risks in this repository?"
  agent-team run "Security review" --report review.sarif
  agent-team run "Nightly check" --json | tail -1
`,
    )
    .action(async (goal: string, options: { profile?: string; provider: string; report?: string }) => {
      const { runCommand } = await import("./run.ts");
      const request = {
        goal: parsedGoal(goal),
        provider: providerSchema.parse(options.provider),
        ...(options.profile === undefined ? {} : { profile: profileSchema.parse(options.profile) }),
      };
      const report = options.report === undefined ? {} : { report: options.report };
      finish(await runCommand(request, { ...globals(), ...report }, context));
    });
}

function parsedGoal(goal: string): string {
  if (goal.trim() === "") throw new InvalidArgumentError("The goal is empty");
  if (goal.length > 20_000) throw new InvalidArgumentError("The goal is longer than 20,000 characters");
  return goal;
}

function addAnalyze(program: Command, { context, finish, globals }: Given): void {
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

function addRuns(program: Command, { context, finish, globals }: Given): void {
  const runs = program.command("runs").description("list, show, resume, cancel and delete runs");
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
    .description("show a run: phases, tasks, result")
    .action(async (runId: string) => {
      const { showRunCommand } = await import("./runs.ts");
      finish(await showRunCommand(runId, globals(), context));
    });
  runs
    .command("resume")
    .argument("<run>", "its id", parsedRunId)
    .description("go on with a run that was paused or interrupted")
    .action(async (runId: string) => {
      const { resumeCommand } = await import("./run.ts");
      finish(await resumeCommand(runId, globals(), context));
    });
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

function addAudit(program: Command, { context, finish, globals }: Given): void {
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

function addDoctor(program: Command, { context, finish, globals }: Given): void {
  program
    .command("doctor")
    .description("look at what works here and what does not")
    .action(async () => {
      const { doctorCommand } = await import("./doctor.ts");
      finish(await doctorCommand(globals(), context));
    });
}

function addServe(program: Command, { context, finish, globals }: Given): void {
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

function parsedCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1_000_000)
    throw new InvalidArgumentError("A whole number from 1 is needed.");
  return count;
}

function parsedMoney(text: string): number {
  const amount = Number(text);
  if (text.trim() === "" || !Number.isFinite(amount) || amount < 0)
    throw new InvalidArgumentError("An amount in US dollars is needed.");
  return amount;
}

function parsedMinutes(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0) || minutes > 1_440)
    throw new InvalidArgumentError("A number of minutes up to 1440 is needed.");
  return minutes;
}

function parsedRunId(text: string): string {
  const parsed = runIdSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError("A run id such as r-mbx3k2f1-7f3a9c is needed.");
  return parsed.data;
}
