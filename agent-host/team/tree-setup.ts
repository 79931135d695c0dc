import { HostError } from "../core/host-error.ts";
import type { RunSetup } from "./run-setup.ts";

const limitMs = 600_000;
const maxOutputBytes = 16 * 1_024;
const maxShown = 2_000;

/**
 * Makes a tree ready to run commands in: once, by the run's `setup` command where the rules have one, in the sandbox.
 *
 * @throws HostError `tree.setupFailed` with the end of its output; the signal's reason.
 */
export async function setUpTree(
  { pinned, work }: RunSetup,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const argv = pinned.commands.setup;
  if (argv === undefined || work === null) return;
  const prepare = async (writable: string, inner: AbortSignal): Promise<void> => {
    const request = { argv, folder: writable, writable, limitMs, maxOutputBytes };
    const { exitCode, ended, output } = await work.sandbox.run(request, inner);
    if (ended === "exited" && exitCode === 0) return;
    throw new HostError("tree.setupFailed", `The setup command failed: ${output.slice(-maxShown)}`, {
      hint: "It runs without network in a tree of its own; see commands.setup in rules.yaml",
    });
  };
  await work.trees.prepareOnce(folder, prepare, signal);
}
