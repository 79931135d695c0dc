import { type Browser, chromium } from "playwright-core";
import { prepareChromium } from "./chromium-files.ts";

const launchArguments = [
  "--headless=shell",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A container's /dev/shm is often 64 MiB, too small for a workbench.
  "--disable-dev-shm-usage",
];

/** A headless Chromium. One serves a whole test file; each window is a context of its own. */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, env } = await prepareChromium();
  return chromium.launch({
    executablePath,
    args: launchArguments,
    env: { ...definedEnvironment(), ...env },
    chromiumSandbox: false,
  });
}

function definedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
