import { join } from "node:path";
import * as z from "zod";
import { makePrivateFolder, writeFileDurably } from "../core/durable-file.ts";
import { systemErrorCode } from "../core/host-error.ts";
import { readSmallFile } from "../core/small-file.ts";
import { type AgentType, agentTypeSchema } from "../protocol/task.ts";
import { maxPromptBytes, type Prompt } from "./parse-prompt.ts";
import type { PromptStore } from "./prompt-store.ts";

/** The prompts of one run: as each was when it was first used, also after a restart of the host. */
export class PinnedPrompts {
  private readonly store: Pick<PromptStore, "load">;
  private readonly folder: string;
  private readonly known = new Map<AgentType, Promise<Prompt>>();

  /** `folder`: where the run keeps them; made when the first is. */
  constructor(store: Pick<PromptStore, "load">, folder: string) {
    this.store = store;
    this.folder = folder;
  }

  /** @throws what `PromptStore.load` throws, for a prompt that was never used. */
  async load(agentType: AgentType): Promise<Prompt> {
    const known = this.known.get(agentType) ?? this.find(agentType);
    this.known.set(agentType, known);
    try {
      return await known;
    } catch (error) {
      this.known.delete(agentType);
      throw error;
    }
  }

  private async find(agentType: AgentType): Promise<Prompt> {
    const file = join(this.folder, `${agentType}.json`);
    const kept = await readKept(file);
    if (kept !== null) return kept;
    const prompt = await this.store.load(agentType);
    await makePrivateFolder(this.folder);
    await writeFileDurably(file, JSON.stringify(prompt));
    return prompt;
  }
}

const promptSchema = z.object({
  agentType: agentTypeSchema,
  text: z.string(),
  tools: z.array(z.string()),
  version: z.number(),
  checksum: z.string(),
});

// As JSON a prompt may be longer than its file.
const maxKeptBytes = maxPromptBytes * 8;

async function readKept(file: string): Promise<Prompt | null> {
  try {
    const text = await readSmallFile(file, maxKeptBytes);
    return text === null ? null : promptSchema.parse(JSON.parse(text));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}
