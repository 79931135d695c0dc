import type { BigIntStats } from "node:fs";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HostError, isHostError, messageOf, systemErrorCode } from "../core/host-error.ts";
import type { AgentType } from "../protocol/task.ts";
import { maxPromptBytes, type Prompt, parsePrompt } from "./parse-prompt.ts";

export interface PromptStoreOptions {
  /** Folder of the prompts that come with the program. */
  readonly shipped: URL;
  /** Folder of the user's own, absolute; one there takes the place of the shipped one. */
  readonly overrides: string | null;
  /** Told once for each broken state of a file; `prompt` names it without its folder. */
  onRefused(prompt: string, reason: string): void;
}

interface Known {
  /** What tells that the file is the one that was read. */
  readonly stamp: string;
  /** The last one that could be used; null: there was none yet. */
  readonly prompt: Prompt | null;
  /** Why the file as it stands cannot be used; null: it can. */
  readonly refusal: HostError | null;
}

// A pipe in the file's place must not make the reader wait; Windows has no such flag.
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * The agents' prompts, one `<agent>.md` each. A file is looked at each time it is asked for and read when it changed,
 * so an edit counts from the next task on; a broken one is refused and the last good one stays.
 */
export class PromptStore {
  private readonly options: PromptStoreOptions;
  // At most two paths for each agent type, of which there are a few.
  private readonly known = new Map<string, Known>();

  constructor(options: PromptStoreOptions) {
    this.options = options;
  }

  /** @throws HostError `prompt.refused` where no usable prompt was ever seen; `prompt.missing` where there is no file. */
  async load(agentType: AgentType): Promise<Prompt> {
    const { overrides, shipped } = this.options;
    const own = overrides === null ? null : await this.look(join(overrides, `${agentType}.md`), agentType);
    if (own?.prompt) return own.prompt;
    const ours = await this.look(join(fileURLToPath(shipped), `${agentType}.md`), agentType);
    if (ours?.prompt) return ours.prompt;
    throw (
      ours?.refusal ??
      new HostError("prompt.missing", `There is no prompt for ${agentType}`, {
        hint: "Install the program again, or put a prompt of your own in its place",
      })
    );
  }

  private async look(path: string, agentType: AgentType): Promise<Known | null> {
    const before = this.known.get(path);
    const found = await this.read(path, { agentType, before });
    if (found === null) {
      this.known.delete(path);
      return null;
    }
    // Others may have looked meanwhile; it is told once.
    const isNews = found.stamp !== this.known.get(path)?.stamp;
    this.known.set(path, found);
    if (found.refusal !== null && isNews) {
      this.options.onRefused(`${agentType}.md`, found.refusal.message);
    }
    return found;
  }

  private async read(
    path: string,
    { agentType, before }: { agentType: AgentType; before: Known | undefined },
  ): Promise<Known | null> {
    const last = before?.prompt ?? null;
    try {
      const file = await open(path, readFlags);
      try {
        const status = await file.stat({ bigint: true });
        const stamp = stampOf(status);
        if (stamp === before?.stamp) return before;
        const refusal = unreadable(status);
        if (refusal !== null) return { stamp, prompt: last, refusal };
        return parsed(await file.readFile(), { agentType, stamp, last });
      } finally {
        await file.close();
      }
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return null;
      const reason = `it cannot be read: ${messageOf(error)}`;
      return {
        stamp: reason,
        prompt: last,
        refusal: new HostError("prompt.refused", reason, { cause: error }),
      };
    }
  }
}

function parsed(
  bytes: Buffer,
  { agentType, stamp, last }: { agentType: AgentType; stamp: string; last: Prompt | null },
): Known {
  try {
    return { stamp, prompt: parsePrompt(bytes, agentType), refusal: null };
  } catch (error) {
    if (!isHostError(error)) throw error;
    return { stamp, prompt: last, refusal: error };
  }
}

function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join(" ");
}

function unreadable(status: BigIntStats): HostError | null {
  if (!status.isFile()) return new HostError("prompt.refused", "it is not a regular file");
  if (status.size <= BigInt(maxPromptBytes)) return null;
  return new HostError("prompt.refused", `it has ${status.size} bytes, at most ${maxPromptBytes} are read`);
}
