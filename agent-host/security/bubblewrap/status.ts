import { readlink } from "node:fs/promises";
import { readProcess } from "../process-table.ts";

/** What bubblewrap reports of itself on its status pipe (`--json-status-fd`), one JSON object a line. */
export interface BubblewrapStatus {
  /** First process of the sandbox, as this machine counts; null before it was made. */
  readonly pid: number | null;
  /** Number of its pid namespace; null where this version does not say. */
  readonly namespace: number | null;
  /** The command's own exit code; null if it did not come to run, or was ended from outside. */
  readonly exitCode: number | null;
}

const maxStatusChars = 16_384;

/** Gathers the status as it comes. */
export class StatusReader {
  private text = "";

  add(chunk: Buffer): void {
    if (this.text.length < maxStatusChars) this.text += chunk.toString("latin1");
  }

  status(): BubblewrapStatus {
    const found: Record<string, unknown> = {};
    for (const line of this.text.split("\n").slice(0, -1)) Object.assign(found, objectOf(line));
    const numberOf = (name: string): number | null => {
      const value = found[name];
      return typeof value === "number" ? value : null;
    };
    return {
      pid: numberOf("child-pid"),
      namespace: numberOf("pid-namespace"),
      exitCode: numberOf("exit-code"),
    };
  }
}

/**
 * Whether nothing runs in the sandbox any more. Its first process ends last: the kernel ends all others of the
 * namespace before (pid_namespaces(7)).
 */
export async function isSandboxGone({ pid, namespace }: BubblewrapStatus): Promise<boolean> {
  if (pid === null) return true;
  if (!(await readProcess(pid))?.isAlive) return true;
  if (namespace === null) return false;
  try {
    // Another process may have got the number meanwhile.
    return (await readlink(`/proc/${pid}/ns/pid`)) !== `pid:[${namespace}]`;
  } catch {
    // It ended between two looks.
    return true;
  }
}

function objectOf(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // A version that reports in another way: then nothing is known, and nothing assumed.
    return {};
  }
}
