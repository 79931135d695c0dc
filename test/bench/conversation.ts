import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBlobStore } from "../../agent-host/journal/blob-store.ts";
import { openJournalReadOnly } from "../../agent-host/journal/journal-reader.ts";
import { createReadOnlyStore } from "../../agent-host/store/journal-store.ts";
import { Conversations } from "../../agent-host/team/conversation.ts";
import { writeLongConversation } from "../support/long-conversation.ts";
import { type Measurement, median } from "./measure.ts";

const messages = 10_000;
const rounds = 7;
const runId = "r-bench-1";
const taskId = "t-part";
const never = new AbortController().signal;

/** Opens a task with 10,000 messages: what the host does, with nothing known of it and with the order known. */
export async function run(): Promise<readonly Measurement[]> {
  const directory = await mkdtemp(join(tmpdir(), "agent-team-bench-"));
  try {
    await writeLongConversation({ directory, workspaceId: "0123456789abcdef", runId, taskId, messages });
    const first: number[] = [];
    const later: number[] = [];
    const middle: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const conversations = await readerOf(directory);
      const read = (before?: number): Promise<number> =>
        timed(() =>
          conversations.read(
            { runId, taskId },
            before === undefined ? { limit: 100 } : { before, limit: 100 },
            never,
          ),
        );
      first.push(await read());
      later.push(await read());
      middle.push(await read(messages / 2));
    }
    return [
      {
        name: `${messages} messages, newest 100, nothing known`,
        value: median(first),
        unit: "ms",
        limit: 400,
      },
      { name: `${messages} messages, newest 100, order known`, value: median(later), unit: "ms", limit: 150 },
      { name: `${messages} messages, 100 from the middle`, value: median(middle), unit: "ms", limit: 150 },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** As a host that has just started and listed its runs. */
async function readerOf(directory: string): Promise<Conversations> {
  const journal = await openJournalReadOnly({ directory });
  const blobs = createBlobStore({ directory });
  const store = createReadOnlyStore({ journal, blobs, directory, isLive: () => false });
  await store.runState(runId);
  return new Conversations({ journal, blobs, store });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
