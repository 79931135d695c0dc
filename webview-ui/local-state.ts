import { phaseNames } from "../agent-host/protocol/display.ts";
import type { Phase, Profile } from "../agent-host/protocol/phase.ts";
import type { RunRef } from "../agent-host/protocol/webview.ts";

/** What only this view knows: drafts and open sections. Kept over hide, reload and restart; never a decision. */
export interface LocalState {
  readonly draft: string;
  /** Profile chosen for the next run; null for that of the settings. */
  readonly profile: Profile | null;
  /** Words for the shown run that are not sent yet. */
  readonly steering: string;
  /** Folder chosen for the next run; null for the first. */
  readonly folder: string | null;
  readonly search: string;
  readonly shown: RunRef | null;
  /** Phases of the shown run that a person opened or closed. */
  readonly chosen: ReadonlyMap<Phase, boolean>;
  /** First article in sight; null at the end of the timeline. */
  readonly anchor: string | null;
}

export const profileNames: readonly Profile[] = ["analysis", "change", "full"];

export const emptyLocalState: LocalState = {
  draft: "",
  profile: null,
  steering: "",
  folder: null,
  search: "",
  shown: null,
  chosen: new Map(),
  anchor: null,
};

/** As plain JSON for `setState`. */
export function savedForm(state: LocalState): unknown {
  return { ...state, chosen: [...state.chosen] };
}

/** Reads what an earlier page, maybe of an older version, saved; what does not fit is left out. */
export function restoredFrom(saved: unknown): LocalState {
  if (typeof saved !== "object" || saved === null) return emptyLocalState;
  const { draft, profile, steering, folder, search, shown, chosen, anchor } = saved as Readonly<
    Record<string, unknown>
  >;
  return {
    draft: typeof draft === "string" ? draft : "",
    profile: profileNames.find((each) => each === profile) ?? null,
    steering: typeof steering === "string" ? steering : "",
    folder: typeof folder === "string" ? folder : null,
    search: typeof search === "string" ? search : "",
    shown: isRunRef(shown) ? { workspaceId: shown.workspaceId, runId: shown.runId } : null,
    chosen: new Map(Array.isArray(chosen) ? chosen.filter(isChoice) : []),
    anchor: typeof anchor === "string" ? anchor : null,
  };
}

function isRunRef(value: unknown): value is RunRef {
  if (typeof value !== "object" || value === null) return false;
  const { workspaceId, runId } = value as Readonly<Record<string, unknown>>;
  return typeof workspaceId === "string" && typeof runId === "string";
}

function isChoice(value: unknown): value is [Phase, boolean] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    phaseNames.includes(value[0] as Phase) &&
    typeof value[1] === "boolean"
  );
}
