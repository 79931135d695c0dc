import { type TypedEntry, typedEntry } from "../protocol/events.ts";
import type { DeliveredEntry } from "../protocol/methods.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { criterionText } from "./criterion-text.ts";
import { assuranceWords } from "./run-text.ts";

/** One line for a person about an entry; null for what only the audit needs. `state` already has the entry in it. */
export function entryNote({ entry, texts }: DeliveredEntry, state: RunState | undefined): string | null {
  const typed = typedEntry(entry);
  if (typed === null) return null;
  const note = notes[typed.type] as Note<TypedEntry["type"]> | undefined;
  return note?.(typed as never, { texts, state }) ?? null;
}

const maxNotes = 20;
const maxShownCommand = 200;

/** The command line in what was intended; null where it is too long to be told. */
function commandIn(detail: string | undefined): string | null {
  const input = parsed(detail)?.input as { command?: unknown } | undefined;
  const { command } = input ?? {};
  const line = Array.isArray(command) ? command.join(" ") : command;
  return typeof line === "string" ? (line.split("\n", 1)[0] ?? "").slice(0, maxShownCommand) : null;
}

/** `[exit code 1, 0.4 s]` */
function endingIn(result: string | undefined): string | null {
  const text = parsed(result)?.text;
  return typeof text === "string" ? (/^\[[^\]\n]{1,100}\]/.exec(text)?.[0] ?? null) : null;
}

function parsed(json: string | undefined): Record<string, unknown> | null {
  try {
    return json === undefined ? null : (JSON.parse(json) as Record<string, unknown> | null);
  } catch {
    // Words that were cut, or of another release.
    return null;
  }
}

interface Around {
  readonly texts: DeliveredEntry["texts"];
  readonly state: RunState | undefined;
}

type EntryOf<T extends TypedEntry["type"]> = Extract<TypedEntry, { type: T }>;
type Note<T extends TypedEntry["type"]> = (entry: EntryOf<T>, around: Around) => string | null;

const notes: { readonly [T in TypedEntry["type"]]?: Note<T> } = {
  "run.created": ({ runId, data }) =>
    `Run ${runId} · profile ${data.profile} · ${providerWords[data.provider] ?? data.provider}`,
  "run.started": ({ data }, { state, texts }) => {
    if (data.assurance === undefined || state?.provider === "offline") return null;
    const left =
      data.notes === undefined ? [] : (texts[data.notes.blob] ?? "").split("\n").slice(0, maxNotes);
    return [
      `Commands ${assuranceWords[data.assurance]}`,
      ...left.map((each) => `  not in the trees: ${each}`),
    ].join("\n");
  },
  "run.resumed": ({ runId }) => `Run ${runId} goes on`,
  "run.paused": ({ data }) => (data.cause === "host" ? null : `Paused: ${data.reason}`),
  "run.steered": ({ taskId }) => `Said to ${taskId ?? "the agents"}`,
  "phase.entered": ({ data }) => `Phase ${data.index} of ${data.of}: ${data.phase}`,
  "task.started": (entry, around) => {
    const { attempt } = entry.data;
    return `  ${titleOf(entry, around)} … ${entry.data.agentId}${attempt > 1 ? `, attempt ${attempt}` : ""}`;
  },
  "task.finished": finishedTask,
  "task.refused": (entry, around) => {
    const reason = around.texts[entry.data.reason.blob];
    const title = titleOf(entry, around);
    return `  ${title === "" ? "" : `${title}: `}refused by ${entry.data.rule}${reason ? `, ${reason}` : ""}`;
  },
  "permission.decided": ({ data }) => (data.allowed ? null : `  Refused ${data.permission}: ${data.reason}`),
  "effect.intended": (entry, around) => {
    const { tool, detail } = entry.data;
    const command = tool === "run_command" ? commandIn(around.texts[detail.blob]) : null;
    return command === null ? null : `  ${titleOf(entry, around)} $ ${command}`;
  },
  "effect.completed": (entry, around) => {
    const { tool, result } = entry.data;
    const ending = tool === "run_command" ? endingIn(around.texts[result.blob]) : null;
    return ending === null ? null : `  ${titleOf(entry, around)} ${ending}`;
  },
  "gate.evaluated": ({ data }) => {
    const left = data.evidence.filter(({ passed }) => !passed).map(leftText);
    if (left.length === 0) return null;
    const verdict = data.verdict === "needsPerson" ? "needs a person" : "not passed";
    return `Gate of ${data.phase} ${verdict}: ${left.join("; ")}`;
  },
  "gate.decided": ({ data, actor }, { texts }) => {
    if (data.returned !== undefined) {
      const comment = texts[data.returned.comment.blob] ?? "";
      const words = comment === "" ? "" : `: ${comment}`;
      return `Gate of ${data.phase}: sent back to ${data.returned.to} by ${actor.id}${words}`;
    }
    if (data.keyId !== undefined)
      return `Gate of ${data.phase}: ${data.decision} by ${actor.id} (key ${data.keyId})`;
    return data.decision === "passed" ? null : `Gate of ${data.phase}: ${data.decision}`;
  },
  "approval.requested": ({ taskId, data }) =>
    `  Approval ${data.approvalId} is asked for: ${data.tool}, ${data.risk} risk${taskId === null ? "" : `, ${taskId}`}`,
  "approval.decided": ({ data, actor }) => {
    const verb = data.answer === "approve" ? "granted" : "refused";
    const who = data.by === "person" ? `${actor.id} (key ${data.keyId ?? "unknown"})` : data.by;
    const reach = { once: "", run: ", for this run", always: ", always" }[data.extent];
    return `  Approval ${data.approvalId} ${verb} by ${who}${reach}`;
  },
  "budget.warned": ({ data }) =>
    `Budget: ${Math.floor(data.percent)} % of ${data.limit} ${unitOf(data.kind)} used`,
  "budget.exhausted": ({ data }) =>
    `Budget: ${data.limit} ${unitOf(data.kind)} reached: ${data.spent} spent, ${data.reserved} reserved, the next step may need ${data.wanted}`,
  "budget.extended": () => "Budget: new limits",
  "effect.inDoubt": ({ data }) => `  ${data.effectId} is in doubt: ${data.reason}`,
  "changeset.created": ({ taskId, actor, data }) =>
    taskId === null
      ? `Parts of ${data.fileCount} files were left out of the change by ${actor.id}`
      : `  ${data.changeSetId}: ${data.fileCount} files, +${data.added} -${data.removed}`,
  "changeset.applied": ({ data }) => `Applied to your folder: ${data.fileCount} files`,
  "changeset.undone": ({ data }) => `Taken back from your folder: ${data.fileCount} files`,
};

function finishedTask(entry: EntryOf<"task.finished">, around: Around): string {
  const { data } = entry;
  const title = titleOf(entry, around);
  const seconds = (data.executionTimeMs / 1_000).toFixed(1);
  if (data.status === "done") return `  ${title}: ${data.summary} (${seconds} s)`;
  const reason = data.reason === undefined ? null : around.texts[data.reason.blob];
  const again = data.retries === true ? "; it is tried again" : "";
  return `  ${title}: ${data.status}${reason ? `, ${reason}` : ""}${again}`;
}

function leftText({ criterion, reason }: EntryOf<"gate.evaluated">["data"]["evidence"][number]): string {
  return `${criterionText(criterion)}${reason === undefined ? "" : ` (${reason})`}`;
}

function titleOf({ taskId }: TypedEntry, { state }: Around): string {
  return (taskId === null ? undefined : state?.tasksById[taskId]?.title) ?? taskId ?? "";
}

const providerWords: Record<string, string> = {
  offline: "offline engine: no model, no key, no network",
  scripted: "scripted model: prices are notional",
};

const units: Record<string, string> = {
  usd: "USD",
  modelCalls: "model calls",
  complexity: "complexity points",
};

function unitOf(kind: string): string {
  return units[kind] ?? kind;
}
