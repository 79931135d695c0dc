import { join } from "node:path";
import type * as z from "zod";
import { sha256 } from "../core/digest.ts";
import { makePrivateFolder, writeFileDurably } from "../core/durable-file.ts";
import { systemErrorCode } from "../core/host-error.ts";
import { LruCache } from "../core/lru-cache.ts";
import { readSmallFile } from "../core/small-file.ts";

// More than the bounds of everything that is pinned.
const maxKeptBytes = 8 * 1_048_576;
const maxInMemory = 200;

/** Values of one run: each as it was when it was first asked for, also after a restart of the host. */
export class PinnedValues {
  private readonly folder: string;
  private readonly redact: (text: string) => string;
  private readonly known = new LruCache<string, Promise<unknown>>(maxInMemory);

  /** `folder`: where the run keeps them; made when the first is. `redact`: takes secrets out of what is kept. */
  constructor(folder: string, redact: (text: string) => string = (text) => text) {
    this.folder = folder;
    this.redact = redact;
  }

  /** The value under `key`; `make` is called where there is none yet. What it throws is not kept. */
  async get<T>(key: string, schema: z.ZodType<T>, make: () => Promise<T>): Promise<T> {
    for (;;) {
      const known = this.known.get(key);
      const found = known ?? this.find(key, schema, make);
      this.known.set(key, found);
      try {
        return (await found) as T;
      } catch (error) {
        if (this.known.get(key) === found) this.known.delete(key);
        // Another caller's may have failed for its own reasons: it was cancelled.
        if (known === undefined) throw error;
      }
    }
  }

  private async find<T>(key: string, schema: z.ZodType<T>, make: () => Promise<T>): Promise<T> {
    const file = join(this.folder, `${sha256(key).slice(0, 32)}.json`);
    const kept = await readKept(file);
    if (kept !== null) return schema.parse(JSON.parse(kept));
    const text = this.redact(JSON.stringify(await make()));
    await makePrivateFolder(this.folder);
    await writeFileDurably(file, text);
    return schema.parse(JSON.parse(text));
  }
}

async function readKept(file: string): Promise<string | null> {
  try {
    return await readSmallFile(file, maxKeptBytes);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}
