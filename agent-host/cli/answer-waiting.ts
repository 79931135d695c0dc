import { isHostError } from "../core/host-error.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { visible } from "../protocol/visible.ts";
import { answerAtTerminal } from "./answer-at-terminal.ts";
import type { KeyRing } from "./approver-keys.ts";
import { decideOn } from "./decide.ts";
import type { Following } from "./follow-run.ts";
import { gateBackground } from "./gate-background.ts";
import { type InboxItem, readInbox } from "./inbox.ts";
import { inboxText } from "./inbox-text.ts";
import type { Prompt } from "./prompt.ts";
import type { RunFollower } from "./run-follower.ts";

/** Who is asked, and what their answers are signed with. */
export interface Answering {
  readonly prompt: Prompt;
  readonly keys: KeyRing;
}

/**
 * Shows what a run waits for and asks the person at the terminal, one after the other. `left` when something was put
 * off or refused: then the command is done. An item that another window decides is not asked for any longer.
 */
export async function answerWaiting(
  state: RunState,
  given: { follower: RunFollower; following: Following; answering: Answering },
): Promise<"answered" | "left"> {
  const { context, location, attachment } = given.following;
  const query = { workspaceId: location.workspaceId, runId: state.runId };
  for (const entry of await readInbox(attachment.connection, query, context.signal)) {
    if (!isOpen(entry, given.follower)) continue;
    const went = await answerOne(entry, state, given);
    if (went === "left") return "left";
  }
  return "answered";
}

type Given = Parameters<typeof answerWaiting>[1];

async function answerOne(entry: InboxItem, state: RunState, given: Given): Promise<"answered" | "left"> {
  const { follower, following, answering } = given;
  const { context, location, attachment } = following;
  const say = (text: string): void => context.output.note(text);
  const background = await gateBackground(
    entry,
    { run: state, connection: attachment.connection },
    context.signal,
  );
  say(`\n${inboxText(entry, background)}\n`);
  const gone = new AbortController();
  const watching = follower.onChange(() => {
    if (!isOpen(entry, follower)) gone.abort(decidedElsewhere);
  });
  try {
    const phases = state.phases.map(({ phase }) => phase);
    const signal = AbortSignal.any([context.signal, gone.signal]);
    const answer = await answerAtTerminal(entry, { prompt: answering.prompt, phases, say }, signal);
    if (answer === "later") return "left";
    const key = await answering.keys.open(signal);
    const { workspaceId } = location;
    const decider = { connection: attachment.connection, workspaceId, sign: key.sign };
    const [outcome] = await decideOn([{ entry, answer }], decider, context.signal);
    if (outcome?.kind !== "refused") return "answered";
    say(`It was not decided: ${visible(outcome.message)} (${outcome.code})\n`);
    return outcome.code === "decision.tooLate" ? "answered" : "left";
  } catch (error) {
    if (gone.signal.aborted && error === gone.signal.reason) {
      say(`\n${entry.id} is no longer open\n`);
      return "answered";
    }
    return leaves(error, say);
  } finally {
    watching.dispose();
  }
}

const decidedElsewhere = Symbol("decided elsewhere");

/** Without a key or an answer the run stays as it is, and the way to answer it later is told. */
function leaves(error: unknown, say: (text: string) => void): "left" {
  if (!isHostError(error)) throw error;
  const isPersonal = error.code === "cli.noAnswer" || error.code.startsWith("approver.");
  if (!isPersonal) throw error;
  const hint = error.hint === undefined ? "" : `  → ${visible(error.hint)}\n`;
  say(`\nIt was not decided: ${visible(error.message)}\n${hint}`);
  return "left";
}

function isOpen({ kind, id }: InboxItem, { state, isLost }: RunFollower): boolean {
  if (state === undefined || isLost || state.finishedAt !== null) return false;
  if (kind === "approval") return state.approvals[id]?.answer === "open";
  return state.phases.some(({ status, gate }) => gate?.gateId === id && status === "needsPerson");
}
