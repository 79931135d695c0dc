import type { FromTeamView, ToTeamView } from "../agent-host/protocol/webview.ts";

interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): EditorApi;

/** The only way in and out of the page. */
export interface Bridge {
  send(message: FromTeamView): void;
  saved(): unknown;
  save(state: unknown): void;
}

const keepPauseMs = 300;

/**
 * Connects the page to its extension. `receive` gets only messages of a known kind. `kept` is what a page of an
 * earlier window asked the extension to keep: the editor itself keeps a page's state only when it closes in
 * good order. Called once.
 */
export function connectBridge(receive: (message: ToTeamView) => void, kept: string): Bridge {
  let keeping: number | undefined;
  const editor = acquireVsCodeApi();
  window.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (isToTeamView(event.data)) receive(event.data);
  });
  return {
    send: (message) => editor.postMessage(message),
    saved: () => editor.getState() ?? parsed(kept),
    save: (state) => {
      editor.setState(state);
      window.clearTimeout(keeping);
      const keep = (): void => editor.postMessage({ kind: "keep", state: JSON.stringify(state) });
      keeping = window.setTimeout(keep, keepPauseMs);
    },
  };
}

function parsed(kept: string): unknown {
  try {
    return JSON.parse(kept);
  } catch {
    // Nothing was kept yet.
    return undefined;
  }
}

/**
 * Whether a message is one of ours: a known kind with the parts that kind needs. What is inside was parsed by
 * schema where it entered the extension.
 */
export function isToTeamView(message: unknown): message is ToTeamView {
  if (typeof message !== "object" || message === null) return false;
  const parts = message as Readonly<Record<string, unknown>>;
  if (typeof parts.kind !== "string" || !Object.hasOwn(requiredParts, parts.kind)) return false;
  return Object.entries(requiredParts[parts.kind as ToTeamView["kind"]]).every(([name, fits]) =>
    fits(parts[name]),
  );
}

type Check = (value: unknown) => boolean;
const isList: Check = Array.isArray;
const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isObject: Check = (value) => typeof value === "object" && value !== null;
const isObjectOrNull: Check = (value) => typeof value === "object";

const requiredParts: Readonly<Record<ToTeamView["kind"], Readonly<Record<string, Check>>>> = {
  reset: {
    trusted: isFlag,
    folders: isList,
    runs: isList,
    shown: isObjectOrNull,
    settings: isObject,
    waiting: isList,
  },
  settings: { settings: isObject },
  waiting: { waiting: isList },
  folders: { trusted: isFlag, folders: isList },
  runs: { changed: isList, removed: isList },
  shown: { shown: isObjectOrNull, unasked: isFlag },
  entries: { workspaceId: isText, runId: isText, entries: isList },
  progress: { progress: isObject },
  problem: { problem: isObjectOrNull },
  focusComposer: {},
};
