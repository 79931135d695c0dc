import { HostError } from "../core/host-error.ts";
import { type EventDraft, eventDataSchemas } from "../protocol/events.ts";
import { type Actor, actorSchema, type Entry, entrySchema } from "../protocol/journal.ts";
import { eventVersion } from "../protocol/journal-format.ts";
import { actorJson, type PreparedEntry, preparedEntry } from "./entry-line.ts";

const maxKnownActors = 64;

/**
 * Checks drafts and writes their JSON as far as it is known. This is most of the time an append takes beside the
 * disk: only what a draft gives is checked, and an actor seen before is not checked and written again.
 */
export class EntryPreparer {
  private readonly actors = new Map<string, { actor: Actor; json: string }>();
  private readonly workspaceId: string;

  constructor(workspaceId: string) {
    this.workspaceId = workspaceId;
  }

  /** @throws HostError `journal.invalid` if it does not fit its schema; `journal.tooLarge` for data over 4 KiB. */
  prepare(draft: EventDraft): PreparedEntry {
    const { actor, json } = this.knownActor(draft);
    const content = {
      v: eventVersion,
      type: draft.type,
      workspaceId: this.workspaceId,
      runId: checked(draft, "runId") ?? null,
      taskId: checked(draft, "taskId") ?? null,
      cause: checked(draft, "cause") ?? null,
      traceId: checked(draft, "traceId") ?? null,
      actor,
      resource: checked(draft, "resource") ?? null,
      action: checked(draft, "action") ?? draft.type,
      outcome: checked(draft, "outcome") ?? "ok",
      data: checkedData(draft),
    };
    return preparedEntry(content, json);
  }

  private knownActor(draft: EventDraft): { actor: Actor; json: string } {
    const { kind, id, role } = draft.actor;
    const known = this.actors.get(id);
    if (known?.actor.kind === kind && known.actor.role === role) return known;
    const parsed = actorSchema.safeParse(draft.actor);
    if (!parsed.success) throw invalid(draft, "actor", parsed.error);
    // A copy that nobody else holds: what was checked must not change afterwards.
    const actor = Object.freeze({ kind, id, role });
    const added = { actor, json: actorJson(actor) };
    // Actors are few; where they are not, starting again costs less than keeping their order of use.
    if (this.actors.size >= maxKnownActors) this.actors.clear();
    this.actors.set(id, added);
    return added;
  }
}

type OptionalKey = "runId" | "taskId" | "cause" | "traceId" | "resource" | "action" | "outcome";

function checked<K extends OptionalKey>(draft: EventDraft, key: K): EventDraft[K] {
  const value = draft[key];
  if (value === undefined) return value;
  const parsed = entrySchema.shape[key].safeParse(value);
  if (!parsed.success) throw invalid(draft, key, parsed.error);
  return parsed.data as EventDraft[K];
}

function checkedData(draft: EventDraft): Entry["data"] {
  const schema = Object.hasOwn(eventDataSchemas, draft.type) ? eventDataSchemas[draft.type] : undefined;
  if (schema === undefined) throw new HostError("journal.invalid", "The event has an unknown type");
  const parsed = schema.safeParse(draft.data);
  if (!parsed.success) throw invalid(draft, "data", parsed.error);
  return parsed.data;
}

function invalid(draft: EventDraft, key: string, cause: SchemaError): HostError {
  const issue = cause.issues[0];
  const place = issue === undefined ? "" : ` at ${[key, ...issue.path].join(".")}: ${issue.message}`;
  return new HostError("journal.invalid", `The event ${draft.type} does not fit its schema${place}`, {
    cause,
  });
}

interface SchemaError {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}
