import { join } from "node:path";
import * as z from "zod";
import { digestOf } from "../core/digest.ts";
import { messageOf } from "../core/host-error.ts";
import type { Attachment } from "../protocol/attachment.ts";
import type { TaskSpec, TaskType } from "../protocol/task.ts";
import { withoutHidden } from "../protocol/visible.ts";
import type { ContextPart } from "../team/run-setup.ts";
import type { ContextCache } from "./context-cache.ts";
import { PinnedValues } from "./pinned-values.ts";
import { type AttachmentSources, attachmentParts } from "./sources/attachment-parts.ts";
import { instructionFileSchema, instructionsOf } from "./sources/instruction-files.ts";
import { type CompileGlobs, foldersOnTheWay, instructionParts } from "./sources/instruction-parts.ts";
import { skillParts } from "./sources/skills.ts";

export interface MapRequest {
  readonly root: string;
  readonly goal: string;
  /** Paths or globs that the task is about. */
  readonly paths: readonly string[];
  readonly maxTokens: number;
}

export interface SurroundingsOptions extends AttachmentSources {
  /** Folder of the run in the state folder: what was told once is kept there. */
  readonly runFolder: string;
  /** The user's own folder of this program. */
  readonly home: string;
  readonly goal: string;
  readonly attachments: readonly Attachment[];
  /** One for all runs. */
  readonly cache: ContextCache;
  readonly compileGlobs: CompileGlobs;
  repositoryMap(request: MapRequest, signal: AbortSignal): Promise<string>;
  /** Takes secrets out of what is told and kept; they stay when absent. */
  redact?(text: string): string;
  /** Told what could not be read; the task goes on without. */
  onProblem(note: string): void;
}

/** How large a map is, in tokens, for tasks that need one. */
const mapTokens: Partial<Record<TaskType, number>> = {
  "requirements.define": 4_000,
  "design.propose": 4_000,
  "planning.plan": 4_000,
  "research.question": 4_000,
  "analysis.question": 4_000,
  "implementation.code": 1_500,
  "implementation.tests": 1_500,
};

const partSchema = z.object({
  kind: z.enum(["instructions", "skills", "map", "attachment"]),
  title: z.string(),
  text: z.string(),
});

/**
 * What workspace and person have to say to whoever does a task of one run: instructions, skills, attachments, a map.
 * Each is read when it is first needed and stays as it was for the rest of the run, also after a restart; tasks with
 * the same surroundings share them.
 */
export function surroundingsLoader(
  options: SurroundingsOptions,
): (spec: TaskSpec, signal: AbortSignal) => Promise<readonly ContextPart[]> {
  const pinned = pinnedValues(options);
  return async (spec, signal) => {
    const key = digestOf([options.runFolder, mapTokens[spec.taskType] ?? 0, spec.scope.paths]);
    for (;;) {
      let isOwn = false;
      try {
        return await options.cache.get(key, () => {
          isOwn = true;
          return load({ options, pinned, spec }, signal);
        });
      } catch (error) {
        signal.throwIfAborted();
        // Another task made it and was cancelled.
        if (isOwn) throw error;
      }
    }
  };
}

/** Reads what the person attached, to be called when the run begins: it is told as it is now. */
export async function pinAttachments(options: SurroundingsOptions, signal: AbortSignal): Promise<void> {
  await attached(options, pinnedValues(options), signal);
}

interface Loading {
  readonly options: SurroundingsOptions;
  readonly pinned: PinnedValues;
  readonly spec: TaskSpec;
}

function pinnedValues({ runFolder, redact }: SurroundingsOptions): PinnedValues {
  return new PinnedValues(join(runFolder, "context"), redact);
}

async function load(given: Loading, signal: AbortSignal): Promise<readonly ContextPart[]> {
  const { options, pinned } = given;
  const sources: readonly [string, () => Promise<readonly ContextPart[]>][] = [
    ["instructions", () => instructions(given, signal)],
    ["skills", () => pinned.get("skills", partSchema.array(), () => skillParts(options, signal))],
    ["attachments", () => attached(options, pinned, signal)],
    ["map", () => map(given, signal)],
  ];
  const parts: ContextPart[] = [];
  for (const [name, read] of sources) {
    try {
      parts.push(...(await read()));
    } catch (error) {
      signal.throwIfAborted();
      options.onProblem(`${name}: ${messageOf(error)}`);
    }
  }
  return parts;
}

async function instructions({ options, pinned, spec }: Loading, signal: AbortSignal): Promise<ContextPart[]> {
  const { root, compileGlobs } = options;
  const { paths } = spec.scope;
  const found = await Promise.all(
    foldersOnTheWay(paths).map((folder) =>
      pinned.get(`instructions ${folder}`, instructionFileSchema.array(), () =>
        instructionsOf(root, folder, signal),
      ),
    ),
  );
  return instructionParts(found.flat(), paths, compileGlobs);
}

async function attached(
  options: SurroundingsOptions,
  pinned: PinnedValues,
  signal: AbortSignal,
): Promise<readonly ContextPart[]> {
  if (options.attachments.length === 0) return [];
  return await pinned.get("attachments", partSchema.array(), () =>
    attachmentParts(options.attachments, options, signal),
  );
}

async function map({ options, pinned, spec }: Loading, signal: AbortSignal): Promise<ContextPart[]> {
  const maxTokens = mapTokens[spec.taskType];
  if (maxTokens === undefined) return [];
  const { root, goal } = options;
  const request = { root, goal, paths: spec.scope.paths, maxTokens };
  const text = await pinned.get(`map ${digestOf([request.paths, maxTokens])}`, z.string(), async () => {
    return withoutHidden(await options.repositoryMap(request, signal)).text;
  });
  return text === "" ? [] : [{ kind: "map", title: "Repository map", text }];
}
