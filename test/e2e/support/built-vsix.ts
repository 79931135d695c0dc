import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..", "..");

/** The package that `npm run package` left. */
export function builtVsix(): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const file = join(root, "dist", `agent-team-${version}.vsix`);
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run package" first`);
  return file;
}

/** The command line, as package.json's `bin` starts it. */
export const commandLineMain = join(root, "dist", "host", "main.js");
