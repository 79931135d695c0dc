import { access, constants, mkdir, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { endpointFor, locateWorkspace, type WorkspaceLocation } from "../client/workspace-location.ts";
import { isHostError, messageOf, systemErrorCode } from "../core/host-error.ts";
import { version } from "../core/version.ts";
import { verifyJournal } from "../journal/verify-journal.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import { connectToLiveHost } from "./attach.ts";
import type { CliContext } from "./cli-context.ts";
import { type Check, processChecks } from "./doctor-process.ts";

/** `agent-team doctor`: what works here and what does not. Exit code 1 if something must be mended. */
export async function doctorCommand(
  options: { workspace: string; json: boolean },
  context: CliContext,
): Promise<number> {
  const location = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  const checks = [
    {
      name: "version",
      status: "ok",
      found: `agent-team ${version}, Node.js ${process.versions.node}, ${process.platform}`,
    } as const,
    { name: "workspace", status: "ok", found: `${location.realPath} (${location.workspaceId})` } as const,
    await checkState(location),
    await checkSpace(location),
    await checkEndpoint(location, context.env),
    await checkHost(location, context),
    await checkJournal(location, context),
    ...(await processChecks(location, context)),
    {
      name: "model",
      status: "note",
      found: "none: the offline engine reads and reports; a scripted model does what its script says",
    } as const,
  ];
  if (options.json) context.output.out(`${JSON.stringify({ checks })}\n`);
  else for (const check of checks) context.output.out(checkText(check));
  return checks.some((check) => check.status === "fault") ? exitCodes.failed : exitCodes.done;
}

async function checkState(location: WorkspaceLocation): Promise<Check> {
  const name = "state folder";
  try {
    await mkdir(location.home, { recursive: true, mode: 0o700 });
    await access(location.home, constants.W_OK);
    return { name, status: "ok", found: location.stateFolder };
  } catch (error) {
    return {
      name,
      status: "fault",
      found: `${location.home} cannot be written: ${messageOf(error)}`,
      advice: "Set AGENT_TEAM_HOME to a folder of yours",
    };
  }
}

const leastFreeBytes = 50 * 1024 * 1024;

async function checkSpace(location: WorkspaceLocation): Promise<Check> {
  const name = "disk space";
  try {
    const { bavail, bsize } = await statfs(location.home);
    const free = bavail * bsize;
    const found = `${Math.round(free / 1024 / 1024)} MiB free`;
    return free >= leastFreeBytes
      ? { name, status: "ok", found }
      : {
          name,
          status: "fault",
          found,
          advice: "Make room: without space the journal takes no entries and runs stop",
        };
  } catch (error) {
    return { name, status: "note", found: `unknown: ${messageOf(error)}` };
  }
}

async function checkEndpoint(location: WorkspaceLocation, env: NodeJS.ProcessEnv): Promise<Check> {
  try {
    const folder = dirname(endpointFor(location.workspaceId, env, "check"));
    if (process.platform !== "win32") await access(await nearestExisting(folder), constants.W_OK);
    return { name: "socket", status: "ok", found: folder };
  } catch (error) {
    const hint = isHostError(error) ? error.hint : "Set XDG_RUNTIME_DIR to a folder of yours";
    const advice = hint === undefined ? {} : { advice: hint };
    return { name: "socket", status: "fault", found: messageOf(error), ...advice };
  }
}

async function nearestExisting(folder: string): Promise<string> {
  try {
    await access(folder);
    return folder;
  } catch (error) {
    const above = dirname(folder);
    if (systemErrorCode(error) !== "ENOENT" || above === folder) throw error;
    return await nearestExisting(above);
  }
}

async function checkHost(location: WorkspaceLocation, context: CliContext): Promise<Check> {
  try {
    const connection = await connectToLiveHost(location, context.signal);
    if (connection === null)
      return { name: "host", status: "ok", found: "none runs; commands start one when they need it" };
    const { host } = connection.host;
    connection.dispose();
    return {
      name: "host",
      status: "ok",
      found: `process ${host.pid}, version ${host.version}, since ${host.startedAt}`,
    };
  } catch (error) {
    return {
      name: "host",
      status: "fault",
      found: messageOf(error),
      advice: `Look at ${location.logFile}; end the process if it hangs. Its runs go on at the next start`,
    };
  }
}

async function checkJournal(location: WorkspaceLocation, context: CliContext): Promise<Check> {
  const name = "journal";
  try {
    const report = await verifyJournal({ directory: location.stateFolder }, context.signal);
    const found = `${report.status}, ${report.entries} entries`;
    return report.status === "ok" || report.status === "torn"
      ? { name, status: "ok", found }
      : { name, status: "fault", found, advice: "See 'agent-team audit verify'" };
  } catch (error) {
    context.signal.throwIfAborted();
    const advice = "Check that the state folder and all in it belong to you";
    return { name, status: "fault", found: messageOf(error), advice };
  }
}

const marks = { ok: "ok   ", note: "note ", fault: "FAULT" } as const;

function checkText(check: Check): string {
  const advice = check.advice === undefined ? "" : `\n       ${" ".repeat(14)}→ ${check.advice}`;
  return `${marks[check.status]}  ${check.name.padEnd(14)}${check.found}${advice}\n`;
}
