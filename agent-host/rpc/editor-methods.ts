import { HostError } from "../core/host-error.ts";
import type { OfferedModels } from "./offered-models.ts";
import type { MethodTable, Session } from "./session.ts";

export interface EditorServices {
  readonly offeredModels: OfferedModels;
  /** Takes a key for an endpoint, to be kept in memory only. */
  offerKey(endpoint: string, key: string): void;
}

type EditorMethods = Pick<MethodTable, "model/offer" | "secret/offer">;

/** What a window brings along: the models of its editor, and keys from its store of secrets. */
export function editorMethods({ offeredModels, offerKey }: EditorServices): EditorMethods {
  return {
    "model/offer": async ({ models }, { session }) => {
      refuseOthers(session);
      offeredModels.offer(session, models);
      return {};
    },
    "secret/offer": async ({ endpoint, key }) => {
      offerKey(endpoint, key);
      return {};
    },
  };
}

function refuseOthers({ isEditor }: Session): void {
  if (isEditor) return;
  throw new HostError("rpc.notEditor", "This client did not say that it answers for the models it offers", {
    hint: "Send capabilities.editor with initialize",
  });
}
