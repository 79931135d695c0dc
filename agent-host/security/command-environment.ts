import { delimiter } from "node:path";
import { searchFolders } from "./programs.ts";

/**
 * All that a command sees of the environment. Nothing of the host's own gets in but where programs are and the
 * language: no tokens, no addresses of sockets, no `NODE_OPTIONS`.
 */
export function commandEnvironment(
  env: NodeJS.ProcessEnv,
  { home, temporary }: { home: string; temporary: string },
): Record<string, string> {
  const clean: Record<string, string> = {
    PATH: searchFolders(env.PATH ?? "").join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    LANG: env.LANG ?? "C.UTF-8",
    TERM: "dumb",
    CI: "true",
  };
  if (process.platform === "win32") addWindowsBasics(clean, env);
  return clean;
}

/** Without these no program starts there. */
function addWindowsBasics(clean: Record<string, string>, env: NodeJS.ProcessEnv): void {
  for (const name of ["SystemRoot", "ComSpec", "PATHEXT"]) {
    const value = env[name];
    if (value !== undefined) clean[name] = value;
  }
  Object.assign(clean, { USERPROFILE: clean.HOME, TEMP: clean.TMPDIR, TMP: clean.TMPDIR });
}
