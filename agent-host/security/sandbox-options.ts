import type { RunnerOptions } from "./runner.ts";

/** What is to be kept from commands, and what they need. All paths are absolute. */
export interface SandboxOptions extends RunnerOptions {
  /** The state folder of all workspaces (`AGENT_TEAM_HOME`). */
  readonly home: string;
  /** Folder of the host's socket; null where there is none, as on Windows. */
  readonly runtimeFolder: string | null;
  /** Approver keys that lie elsewhere than in `home`. */
  readonly keyFiles: readonly string[];
  /** The user's own folder: to be read, for dependencies that trees link to. */
  readonly workspaceRoot: string;
  /** The person's home, whose secrets are hidden. */
  readonly userHome: string;
  /** The Node.js that runs this: to be read. */
  readonly execPath: string;
  /** Names in a command's writable folder that it may not change, nor make where they are missing. */
  readonly guarded: readonly string[];
}

/** Control-plane names of a tree's root, for `guarded`. */
export const guardedNames: readonly string[] = [
  ".git",
  ".agent-team",
  ".vscode",
  ".mcp.json",
  ".cursor",
  ".claude",
  ".husky",
  ".devcontainer",
  ".github/workflows",
];
