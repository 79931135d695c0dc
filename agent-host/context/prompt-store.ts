import type { BigIntStats } from "node:fs";
import { constants, existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "../core/digest.ts";
import type { Disposable } from "../core/disposable.ts";
import { HostError, isHostError, messageOf, systemErrorCode } from "../core/host-error.ts";
import { LruCache } from "../core/lru-cache.ts";
import { type AgentType, agentTypeSchema } from "../protocol/task.ts";
import { maxPromptBytes, type Prompt, parsePrompt } from "./parse-prompt.ts";

export interface PromptStoreOptions {
  /** Folder of the prompts that come with the program. */
  readonly shipped: URL;
  /** Folder of the user's own, absolute; one there takes the place of the shipped one. */
  readonly overrides: string | null;
  /** Told once for each broken state of a file; `prompt` names it without its folder. */
  onRefused(prompt: string, reason: string): void;
  /** Told once for each state of a file that is good. */
  onLoaded?(prompt: string, checksum: string): void;
}

interface Known {
  /** What tells that the file is the one that was read. */
  readonly stamp: string;
  /** The last one that could be used; null: there was none yet. */
  readonly prompt: Prompt | null;
  /** Why the file as it stands cannot be used; null: it can. */
  readonly refusal: HostError | null;
}

// A pipe in the file's place must not make the reader wait; Windows has no such flags.
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

const maxParsed = 50;

/**
 * The agents' prompts, one `<agent>.md` each. A file is looked at each time it is asked for and read when it changed,
 * so an edit counts from the next task on; a broken one is refused and the last good one stays. While the folders are
 * watched, whoever edits a prompt hears at once whether it can be used.
 */
export class PromptStore implements Disposable {
  private readonly options: PromptStoreOptions;
  // At most two paths for each agent type, of which there are a few.
  private readonly known = new Map<string, Known>();
  /** Prompts that were parsed, by agent and checksum. */
  private readonly parsed = new LruCache<string, Prompt>(maxParsed);
  private watching: Promise<Disposable | null> | null = null;
  private isDisposed = false;

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

  /** Watches the folders of prompts from now on; called when the first run begins, further calls do nothing. */
  startWatching(onError: (error: unknown) => void): void {
    this.watching ??= this.watch(onError).catch((error: unknown) => {
      onError(error);
      return null;
    });
  }

  dispose(): void {
    this.isDisposed = true;
    void this.watching?.then((watch) => watch?.dispose());
  }

  private async watch(onError: (error: unknown) => void): Promise<Disposable> {
    const { watchFolders } = await import("./watch-folders.ts");
    const { overrides, shipped } = this.options;
    // What is not there is not watched: that would mean to watch the folder above.
    const folders = [fileURLToPath(shipped), ...(overrides === null ? [] : [overrides])].filter(existsSync);
    const onChange = (path: string): void => {
      const agentType = agentTypeSchema.safeParse(basename(path, ".md"));
      if (agentType.success && !this.isDisposed) this.look(path, agentType.data).catch(onError);
    };
    return watchFolders({ folders, ending: ".md", onChange, onError });
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
    if (isNews) this.tell(`${agentType}.md`, found);
    return found;
  }

  private tell(name: string, { refusal, prompt }: Known): void {
    if (refusal !== null) this.options.onRefused(name, refusal.message);
    else if (prompt !== null) this.options.onLoaded?.(name, prompt.checksum);
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
        return this.parse(await file.readFile(), { agentType, stamp, last });
      } finally {
        await file.close();
      }
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return null;
      const isLink = ["ELOOP", "EMLINK"].includes(systemErrorCode(error) ?? "");
      const reason = isLink ? "it is a symbolic link" : `it cannot be read: ${messageOf(error)}`;
      return {
        stamp: reason,
        prompt: last,
        refusal: new HostError("prompt.refused", reason, { cause: error }),
      };
    }
  }

  private parse(
    bytes: Buffer,
    { agentType, stamp, last }: { agentType: AgentType; stamp: string; last: Prompt | null },
  ): Known {
    try {
      const key = `${agentType} ${sha256(bytes)}`;
      const prompt = this.parsed.get(key) ?? parsePrompt(bytes, agentType);
      this.parsed.set(key, prompt);
      return { stamp, prompt, refusal: null };
    } catch (error) {
      if (!isHostError(error)) throw error;
      return { stamp, prompt: last, refusal: error };
    }
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
