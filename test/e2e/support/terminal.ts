import { execFile } from "node:child_process";
import { commandLineMain } from "./built-vsix.ts";

export interface TerminalResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `agent-team` as a person would in a terminal of the same machine. */
export function agentTeam(args: readonly string[], env: Record<string, string>): Promise<TerminalResult> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [commandLineMain, ...args], options, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === "number" ? error.code : error === null ? 0 : 1;
      resolve({ exitCode, stdout, stderr });
    });
  });
}
