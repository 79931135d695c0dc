// Child of the journal's tests: node journal-writer.ts <state folder> <writers> <entries of each>
// Prints a line to stdout as soon as something is certain: `open`, `ack <seq> <name>`, `refused <code>`, `state <json>`, `closed`.
import { writeSync } from "node:fs";
import { systemClock } from "../../agent-host/core/clock.ts";
import { isHostError } from "../../agent-host/core/host-error.ts";
import { openJournal } from "../../agent-host/journal/journal.ts";
import type { Actor } from "../../agent-host/protocol/journal.ts";

const [directory = "", writers = "1", entries = "1"] = process.argv.slice(2);
const actor: Actor = { kind: "system", id: "host", role: "system" };
const { signal } = new AbortController();

const journal = await openJournal({
  directory,
  workspaceId: "0123456789abcdef",
  clock: systemClock,
  host: { version: "1.0.0", pid: process.pid, mode: "command-line" },
  actor,
  onListenerError: (error) => say(`listener ${String(error)}`),
});
say("open");
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)));
say(`state ${JSON.stringify(journal.state)}`);
await journal.close("done");
say("closed");

async function write(writer: number): Promise<void> {
  for (let count = 0; count < Number(entries); count += 1) {
    const client = `${process.pid}-${writer}-${count}`;
    try {
      const [entry] = await journal.append([{ type: "auth.succeeded", actor, data: { client } }], signal);
      say(`ack ${entry?.seq} ${client}`);
    } catch (error) {
      say(`refused ${isHostError(error) ? error.code : String(error)}`);
    }
  }
}

/** Synchronous: an acknowledgement that was printed is one that somebody may have relied on. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
