import { join } from "node:path";
import { walkInSlices } from "./analysis/files/walk.ts";
import { outlineInProcess } from "./analysis/map/outline-in-process.ts";
import { repositoryMap } from "./analysis/map/repository-map.ts";
import { analysisEnvironment } from "./client/analysis-environment.ts";
import type { WorkspaceLocation } from "./client/workspace-location.ts";
import { checkMentions } from "./context/check-mentions.ts";
import { ContextCache } from "./context/context-cache.ts";
import { estimateTokens } from "./context/estimate-tokens.ts";
import { PinnedPrompts } from "./context/pinned-prompts.ts";
import { PromptStore } from "./context/prompt-store.ts";
import { pinAttachments, type SurroundingsOptions, surroundingsLoader } from "./context/surroundings.ts";
import type { Disposable } from "./core/disposable.ts";
import type { HostFiles } from "./host/host-files.ts";
import { type Attachment, attachmentSchema } from "./protocol/attachment.ts";
import { compileGlobs } from "./rules/scope.ts";
import type { Redactor } from "./security/redactor.ts";
import type { RunLog } from "./team/run-log.ts";
import type { ModelWork } from "./team/run-setup.ts";
import { workingDiff } from "./workspace/working-diff.ts";

export interface ContextOptions {
  readonly files: Pick<HostFiles, "analysisUrl" | "promptsUrl">;
  readonly env: NodeJS.ProcessEnv;
  readonly location: WorkspaceLocation;
  readonly redactor: Pick<Redactor, "redact">;
  onPromptLoaded(prompt: string, checksum: string): void;
  onPromptRefused(prompt: string, reason: string): void;
  /** For the log: what tasks had to go without, or could not be watched. */
  onProblem(problem: string, error?: unknown): void;
}

/** What the agents of one run are told. */
export type RunContext = Pick<ModelWork, "prompt" | "surroundings">;

export interface ComposedContext extends Disposable {
  /** @throws HostError `attachment.missing`, `attachment.outside`, `attachment.kind`. */
  checkAttachments(attachments: readonly Attachment[], signal: AbortSignal): Promise<void>;
  runContext(given: { runFolder: string; log: RunLog }, signal: AbortSignal): Promise<RunContext>;
}

const maxCacheBytes = 32 * 1_048_576;
const maxDiffBytes = 64 * 1_024;
const maxListedFiles = 200_000;

/** Joins prompts, instructions, maps and attachments, which all runs of this host share. */
export function composeContext(options: ContextOptions): ComposedContext {
  const { files, location } = options;
  const prompts = new PromptStore({
    shipped: files.promptsUrl,
    overrides: join(location.home, "prompts"),
    onLoaded: options.onPromptLoaded,
    onRefused: options.onPromptRefused,
  });
  const cache = new ContextCache({ maxBytes: maxCacheBytes });
  const root = location.realPath;
  return {
    checkAttachments: async (attachments, signal) => await checkMentions(root, attachments, signal),
    runContext: async (run, signal) => {
      prompts.startWatching((error) => options.onProblem("prompts are not watched", error));
      const pinned = new PinnedPrompts(prompts, join(run.runFolder, "prompts"));
      const sources: SurroundingsOptions = {
        ...{ root, cache, compileGlobs, home: location.home, runFolder: run.runFolder },
        goal: run.log.state.goal,
        attachments: await attachmentsOf(run.log),
        listFiles: async (folder, inner) => (await walkInSlices(folder, maxListedFiles, inner)).files,
        diff: async (inner) =>
          await workingDiff({ root, searchPath: options.env.PATH ?? "", maxBytes: maxDiffBytes }, inner),
        repositoryMap: mapOf(options, run),
        redact: (text) => options.redactor.redact(text),
        onProblem: (note) => options.onProblem(note),
      };
      await pinAttachments(sources, signal);
      return {
        prompt: async (agentType) => await pinned.load(agentType),
        surroundings: surroundingsLoader(sources),
      };
    },
    dispose: () => prompts.dispose(),
  };
}

/** The tree is the run's own: what was merged is on the map of whoever comes later. */
function mapOf(
  options: ContextOptions,
  { runFolder, log }: { runFolder: string; log: RunLog },
): SurroundingsOptions["repositoryMap"] {
  const process = { processUrl: options.files.analysisUrl, env: analysisEnvironment(options) };
  return repositoryMap({
    outline: async (root, signal) => await outlineInProcess(root, process, signal),
    estimateTokens,
    folder: runFolder,
    treeHash: () => log.state.baseTree,
  });
}

async function attachmentsOf(log: RunLog): Promise<Attachment[]> {
  const { attachments } = log.state;
  return attachments === null
    ? []
    : attachmentSchema.array().parse(JSON.parse(await log.recall(attachments)));
}
