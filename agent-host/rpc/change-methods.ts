import type { Discard } from "../protocol/change-set.ts";
import type { Changes } from "../team/changes.ts";
import { localUser } from "./local-user.ts";
import type { MethodTable } from "./session.ts";

type ChangeMethods = Pick<
  MethodTable,
  "change/list" | "change/diff" | "change/file" | "change/discard" | "change/apply" | "change/undo"
>;

/** Methods about what runs change. */
export function changeMethods({ changes }: { readonly changes: Changes }): ChangeMethods {
  return {
    "change/list": async ({ limit }, { signal }) => ({ changes: await changes.list({ limit }, signal) }),
    "change/diff": async ({ runId, paths, maxBytes }, { signal }) => {
      const wanted = { maxBytes, ...(paths === undefined ? {} : { paths }) };
      const { files, diff } = await changes.diff(runId, wanted, signal);
      return { files: [...files], diff };
    },
    "change/file": async ({ runId, path }, { signal }) => {
      const { tree, before, after, isBinary, hunks } = await changes.file(runId, path, signal);
      return { tree, before, after, isBinary, hunks: [...hunks] };
    },
    "change/discard": async ({ runId, tree, parts }, { signal }) => {
      const chosen = parts.map(
        ({ path, hunks }): Discard => ({ path, ...(hunks === undefined ? {} : { hunks }) }),
      );
      return await changes.discard(runId, { tree, parts: chosen, actor: localUser }, signal);
    },
    "change/apply": async ({ runId }, { signal }) => await changes.apply(runId, localUser, signal),
    "change/undo": async ({ runId }, { signal }) => await changes.undo(runId, localUser, signal),
  };
}
