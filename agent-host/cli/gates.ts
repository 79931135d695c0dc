import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { locateWorkspace } from "../client/workspace-location.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { CliContext } from "./cli-context.ts";
import type { GlobalOptions } from "./command-frame.ts";
import { commandText } from "./command-text.ts";
import { gateBackground } from "./gate-background.ts";
import { type InboxItem, inboxQuery, pickItems, readInbox, runOfItem } from "./inbox.ts";
import { inboxLine, inboxText } from "./inbox-text.ts";
import { withHost } from "./with-host.ts";

type OfRun = GlobalOptions & { readonly run?: string };

/** `agent-team gates list` */
export async function listGatesCommand(options: OfRun, context: CliContext): Promise<number> {
  const items = await inboxOf(options, context);
  if (options.json) {
    const gates = items.flatMap((each) => (each.kind === "gate" ? [each.item] : []));
    const approvals = items.flatMap((each) => (each.kind === "approval" ? [each.item] : []));
    context.output.out(`${JSON.stringify({ gates, approvals })}\n`);
    return exitCodes.done;
  }
  for (const item of items) context.output.out(`${inboxLine(item)}\n`);
  if (items.length === 0) context.output.out("Nothing waits for a person\n");
  else if (!options.quiet)
    context.output.note(`See all of one with: ${commandText(["gates", "show", "ID"], options.workspace)}\n`);
  return exitCodes.done;
}

/** `agent-team gates show ID` */
export async function showGateCommand(id: string, options: OfRun, context: CliContext): Promise<number> {
  return await withHost(options.workspace, context, async (attachment, location) => {
    const [entry] = pickItems(
      [id],
      await readInbox(attachment.connection, inboxQuery(options, location), context.signal),
    );
    if (entry === undefined) return exitCodes.usage;
    const run = await runOfItem(entry, attachment.connection, context.signal);
    const background = await gateBackground(
      entry,
      { run, connection: attachment.connection },
      context.signal,
    );
    context.output.out(
      options.json ? `${JSON.stringify({ ...entry.item, ...background })}\n` : inboxText(entry, background),
    );
    return exitCodes.done;
  });
}

async function inboxOf(options: OfRun, context: CliContext): Promise<InboxItem[]> {
  const { stateFolder } = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  // Where nothing was ever done nothing waits, and listing shall not be what makes a state folder.
  if (!existsSync(stateFolder)) return [];
  return await withHost(options.workspace, context, ({ connection }, location) =>
    readInbox(connection, inboxQuery(options, location), context.signal),
  );
}
