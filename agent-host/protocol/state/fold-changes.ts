import { withWaits } from "./fold-approvals.ts";
import type { EntryOf, Folds } from "./folds.ts";
import type { RunState } from "./schemas.ts";

/** Change sets, and the tree they are merged into. */
export const changeFolds: Folds = {
  "changeset.created": (state, { taskId, data }) => {
    const { changeSetId, base, result, files, fileCount, added, removed } = data;
    const what = { changeSetId, taskId, base, result, files: files.blob, fileCount, added, removed };
    return { ...state, changeSets: { ...state.changeSets, [changeSetId]: { ...what, merged: false } } };
  },
  "changeset.merged": merged,
  "changeset.applied": (state, { time, data }) => ({
    ...state,
    appliedTree: data.tree,
    undone: false,
    changeSince: time,
    preimages: [...state.preimages, data.preimages.blob],
  }),
  "changeset.undone": (state, { time }) => ({
    ...state,
    appliedTree: null,
    undone: true,
    changeSince: time,
    preimages: [],
  }),
};

/** Evidence for a tree that is not the one to be applied is void. */
function merged(state: RunState, { time, data }: EntryOf<"changeset.merged">): RunState {
  const changeSet = state.changeSets[data.changeSetId];
  const isVoid = (treeHash: string | null | undefined): boolean =>
    treeHash !== null && treeHash !== undefined && treeHash !== data.tree;
  return withWaits({
    ...state,
    tree: data.tree,
    changeSince: time,
    changeSets:
      changeSet === undefined
        ? state.changeSets
        : { ...state.changeSets, [data.changeSetId]: { ...changeSet, merged: true } },
    phases: state.phases.map((each) =>
      isVoid(each.gate?.treeHash) && (each.status === "passed" || each.status === "needsPerson")
        ? { ...each, status: "void" }
        : each,
    ),
  });
}
