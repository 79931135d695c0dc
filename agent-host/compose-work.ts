import { randomBytes } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { endpointFor, type WorkspaceLocation } from "./client/workspace-location.ts";
import type { ComposedContext } from "./compose-context.ts";
import type { ComposedModels } from "./compose-models.ts";
import { composeTools } from "./compose-tools.ts";
import { rememberingFit } from "./context/conversation-fitter.ts";
import type { Clock } from "./core/clock.ts";
import type { HostFiles } from "./host/host-files.ts";
import type { ToolDeclaration } from "./models/model.ts";
import { parseScript } from "./models/scripted/parse-script.ts";
import { scriptedModel } from "./models/scripted/scripted-model.ts";
import type { TaskSpec } from "./protocol/task.ts";
import { compileFoldedGlobs, compileGlobs } from "./rules/scope.ts";
import { accessDecider } from "./security/decide-access.ts";
import { probeSandbox } from "./security/probe-sandbox.ts";
import type { Sandbox } from "./security/sandbox.ts";
import { guardedNames } from "./security/sandbox-options.ts";
import { ShellParser } from "./security/shell/shell-parser.ts";
import type { ControlLog } from "./team/control-log.ts";
import type { HandBackInput } from "./team/hand-back.ts";
import type { RunLog } from "./team/run-log.ts";
import type { ModelChains, ModelWork } from "./team/run-setup.ts";
import { normalisePlan, normaliseResult } from "./tools/hand-back-input.ts";
import { planTasksTool } from "./tools/plan-tasks.ts";
import { submitResultTool, submitWorkTool } from "./tools/submit-result.ts";
import { declarationOf } from "./tools/tool-input.ts";
import { createRunTrees } from "./workspace/create-run-trees.ts";
import type { RunTrees } from "./workspace/run-trees.ts";

export interface WorkOptions {
  readonly location: WorkspaceLocation;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly control: ControlLog;
  readonly models: ComposedModels;
  readonly context: ComposedContext;
  readonly files: HostFiles;
  /** Reads a pattern that was allowed for all runs; null when its run is gone. */
  readGrant(runId: string, blob: string): Promise<string | null>;
  /** Lines for a shell cannot be understood, and why: each needs a person. */
  onShellProblem(problem: string): void;
}

/** What runs with a model share: prompts, tools, and the sandbox, which is tried out once. */
export interface ComposedWork {
  readonly handBack: HandBackInput;
  checkScript(script: string): void;
  modelWork(given: { runFolder: string; log: RunLog }, signal: AbortSignal): Promise<ModelWork>;
  /** Trees of a run by its folder, also to look at when nobody works on it. */
  treesOf(runFolder: string): RunTrees;
  toolsFor(spec: TaskSpec, promptTools: readonly string[]): readonly ToolDeclaration[];
}

export function composeWork(options: WorkOptions): ComposedWork {
  const { location, env, control } = options;
  // Gates and calls understand globs in the same way.
  const shell = new ShellParser(options.files.shellUrl);
  const decideAccess = accessDecider({ compileGlobs, compileFoldedGlobs }, shell.parse);
  let isShellMissed = false;
  const toolsOf = composeTools(options);
  let sandbox: Promise<Sandbox> | null = null;
  // Made once: a JSON Schema takes longer to make than a task to start.
  const declarations = new Map<string, ToolDeclaration>([
    [planTasksTool.name, declarationOf(planTasksTool)],
    [submitResultTool.name, declarationOf(submitResultTool)],
    [submitWork, declarationOf(submitWorkTool)],
  ]);
  const treesOf = (runFolder: string): RunTrees =>
    createRunTrees({
      root: location.realPath,
      folder: join(runFolder, "tree"),
      searchPath: env.PATH ?? "",
      personal: {
        ...(env.HOME ? { home: env.HOME } : {}),
        ...(env.XDG_CONFIG_HOME ? { config: env.XDG_CONFIG_HOME } : {}),
      },
    });
  return {
    treesOf,
    handBack: { plan: normalisePlan, result: normaliseResult },
    checkScript: (script) => {
      parseScript(script);
    },
    modelWork: async ({ runFolder, log }, signal) => {
      // Tried once for all runs: the end of one is none of it.
      sandbox ??= probeSandbox(sandboxOptions(options), new AbortController().signal);
      const ready = await sandbox;
      const { tools, background } = toolsOf({ sandbox: ready, log });
      for (const tool of tools) {
        if (!declarations.has(tool.name)) declarations.set(tool.name, declarationOf(tool));
      }
      const context = await options.context.runContext({ runFolder, log }, signal);
      return {
        models: await chainsOf(log, options),
        trees: treesOf(runFolder),
        sandbox: ready,
        tools,
        decideAccess,
        readyToDecide: async (access) => {
          // Ten megabytes that many runs never need.
          if (access.kind !== "command" || !/(?:^|[/\\])(?:ba)?sh$/.test(access.argv[0] ?? "")) return;
          const problem = await shell.load();
          if (problem !== null && !isShellMissed) options.onShellProblem(problem);
          isShellMissed = problem !== null;
        },
        alwaysGranted: async () => await alwaysGranted(control, options.readGrant),
        ...context,
        newFit: rememberingFit,
        releaseTask: async (taskId) => await background.releaseTask(taskId),
        release: async () => await background.dispose(),
        newId: () => randomBytes(8).toString("hex"),
      };
    },
    toolsFor: (spec, promptTools) => {
      const judges = spec.phase === "review" || spec.phase === "verification";
      const submit = judges ? submitResultTool.name : submitWork;
      const handBack = planningTypes.has(spec.taskType) ? [planTasksTool.name, submit] : [submit];
      const names = promptTools.filter(
        (name) => name !== planTasksTool.name && name !== submitResultTool.name,
      );
      return [...names, ...handBack].flatMap((name) => declarations.get(name) ?? []);
    },
  };
}

/** The models this run was begun with: a later change of settings does not reach it. */
async function chainsOf(log: RunLog, { clock, models }: WorkOptions): Promise<ModelChains> {
  const { script, models: plan } = log.state;
  if (plan !== null) return await models.chains(plan);
  if (script === null) return { for: () => [] };
  const model = scriptedModel(parseScript(await log.recall(script)), { clock });
  return { for: () => [model] };
}

/** Not a name that a model sees. */
const submitWork = "submit_result:work";

/** Tasks in which the leader may add to the plan. */
const planningTypes: ReadonlySet<string> = new Set([
  "requirements.define",
  "design.propose",
  "planning.plan",
]);

async function alwaysGranted(
  control: ControlLog,
  readGrant: WorkOptions["readGrant"],
): Promise<readonly string[]> {
  const { alwaysGrants } = await control.current();
  const read = await Promise.all(alwaysGrants.map(({ runId, grant }) => readGrant(runId, grant)));
  return read.filter((pattern) => pattern !== null);
}

function sandboxOptions({ location, env, clock }: WorkOptions): Parameters<typeof probeSandbox>[0] {
  const keyFile = env.AGENT_TEAM_APPROVER_KEY_FILE;
  return {
    env,
    clock,
    graceMs: 2_000,
    temporaryFolder: tmpdir(),
    home: location.home,
    runtimeFolder: process.platform === "win32" ? null : dirname(endpointFor(location.workspaceId, env, "")),
    keyFiles: keyFile === undefined || keyFile === "" ? [] : [resolve(keyFile)],
    workspaceRoot: location.realPath,
    userHome: homedir(),
    execPath: process.execPath,
    guarded: guardedNames,
  };
}
