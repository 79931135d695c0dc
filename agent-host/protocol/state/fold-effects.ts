import type { EntryOf, Folds } from "./folds.ts";
import type { ApprovalState, EffectState, RunState } from "./schemas.ts";

/** Side effects that began and have no result yet. */
export const effectFolds: Folds = {
  "effect.intended": (state, { taskId, data }) =>
    withEffect(state, {
      effectId: data.effectId,
      taskId,
      tool: data.tool,
      detail: data.detail.blob,
      check: data.check.kind === "file" ? "files" : data.check.kind,
      files: filesOf(data.check),
      inDoubt: false,
    }),
  "effect.completed": (state, { data }) => withoutEffect(state, data.effectId),
  "effect.inDoubt": (state, { data }) => {
    const effect = state.effects[data.effectId];
    return effect === undefined ? state : withEffect(state, { ...effect, inDoubt: true });
  },
  "effect.settled": settled,
};

/** Whoever settled it as done or to be left writes the result next; the others are done anew under the same id. */
function settled(state: RunState, { data }: EntryOf<"effect.settled">): RunState {
  const effect = state.effects[data.effectId];
  if (effect === undefined) return state;
  if (data.as === "notDone" || data.as === "repeat")
    return withoutEffect(state, data.effectId, "keepAllowed");
  return withEffect(state, { ...effect, inDoubt: false });
}

function withEffect(state: RunState, effect: EffectState): RunState {
  return { ...state, effects: { ...state.effects, [effect.effectId]: effect } };
}

/**
 * Once an effect has its result, the answer that allowed it matters no more. One that is done anew stays allowed, but
 * what was said about a doubt counts for that doubt alone: the host may end again over it.
 */
function withoutEffect(state: RunState, effectId: string, approval?: "keepAllowed"): RunState {
  const effects = withoutKey(state.effects, effectId);
  const isOver = ({ kind, answer, extent, effectId: about }: ApprovalState): boolean => {
    if (about !== effectId || answer === "open") return false;
    return approval === "keepAllowed" ? kind === "inDoubt" : extent === "once";
  };
  if (!Object.values(state.approvals).some(isOver)) return { ...state, effects };
  const approvals = Object.fromEntries(Object.entries(state.approvals).filter(([, each]) => !isOver(each)));
  return { ...state, effects, approvals };
}

/** The same object where there is no such effect: most calls only read, and journal no intention. */
function withoutKey(effects: RunState["effects"], effectId: string): RunState["effects"] {
  if (!Object.hasOwn(effects, effectId)) return effects;
  const rest = { ...effects };
  delete rest[effectId];
  return rest;
}

function filesOf(check: EntryOf<"effect.intended">["data"]["check"]): EffectState["files"] {
  if (check.kind === "file") return [{ before: check.before, after: check.after }];
  return check.kind === "files" ? check.files : [];
}
