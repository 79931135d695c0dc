import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Adapter, Low } from "lowdb";
import { makePrivateFolder, privateFileMode, temporarySuffix } from "../core/durable-file.ts";
import { systemErrorCode } from "../core/host-error.ts";
import { runSummarySchema } from "../protocol/run.ts";
import type { ListedRun } from "./run-list.ts";

/** Raise it when the reducers change what a summary says: older views are then thrown away and rebuilt. */
const viewFormat = 1;

/** The run list as it was folded up to `foldedSeq`. `journalStart` tells which journal it was folded from. */
export interface RunListView {
  readonly foldedSeq: number;
  readonly journalStart: string;
  readonly runs: readonly ListedRun[];
}

/**
 * `views/runs.json`. Not fsynced, and need not be: it is a copy of what the journal says, checked when it is read.
 */
export class RunListFile {
  private readonly folder: string;
  private readonly database: Low<unknown>;

  /** `directory` is the workspace's state folder. */
  constructor(directory: string) {
    this.folder = join(directory, "views");
    this.database = new Low<unknown>(privateJsonFile(join(this.folder, "runs.json")), null);
  }

  /** Null if there is no view, or none that can be used. */
  async load(): Promise<RunListView | null> {
    try {
      await this.database.read();
    } catch {
      // Whatever is wrong with the copy: the journal has it all.
      return null;
    }
    return parseView(this.database.data);
  }

  async save(view: RunListView): Promise<void> {
    await makePrivateFolder(this.folder);
    this.database.data = { format: viewFormat, ...view };
    await this.database.write();
    this.database.data = null;
  }
}

// lowdb's own file adapter leaves the file readable for everybody, under a fixed temporary name.
function privateJsonFile(path: string): Adapter<unknown> {
  return {
    async read() {
      try {
        return JSON.parse(await readFile(path, "utf8")) as unknown;
      } catch (error) {
        if (systemErrorCode(error) === "ENOENT") return null;
        throw error;
      }
    },
    async write(data) {
      const temporary = `${path}.${randomBytes(6).toString("hex")}${temporarySuffix}`;
      try {
        await writeFile(temporary, JSON.stringify(data), { mode: privateFileMode, flag: "wx" });
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
  };
}

function parseView(data: unknown): RunListView | null {
  if (!isRecord(data) || data.format !== viewFormat || !Array.isArray(data.runs)) return null;
  const { foldedSeq, journalStart } = data;
  if (typeof foldedSeq !== "number" || !Number.isSafeInteger(foldedSeq)) return null;
  if (typeof journalStart !== "string") return null;
  const runs: ListedRun[] = [];
  for (const each of data.runs as unknown[]) {
    const run = parseRun(each);
    if (run === null || run.summary.lastSeq > foldedSeq) return null;
    runs.push(run);
  }
  return { foldedSeq, journalStart, runs };
}

function parseRun(value: unknown): ListedRun | null {
  if (!isRecord(value)) return null;
  const { goalBlob, titled } = value;
  const summary = runSummarySchema.safeParse(value.summary);
  if (!summary.success || typeof titled !== "boolean") return null;
  if (goalBlob !== null && typeof goalBlob !== "string") return null;
  return { summary: summary.data, goalBlob, titled };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object";
}
