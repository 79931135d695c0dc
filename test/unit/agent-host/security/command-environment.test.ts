import { describe, expect, it } from "vitest";
import { commandEnvironment } from "../../../../agent-host/security/command-environment.ts";

const folders = { home: "/private/home", temporary: "/private/tmp" };

describe.skipIf(process.platform === "win32")("commandEnvironment", () => {
  it("takes over the search path and the language, and nothing else", () => {
    const env = {
      PATH: "/usr/bin:/bin",
      LANG: "de_DE.UTF-8",
      HOME: "/home/ada",
      AGENT_TEAM_HOME: "/x",
      XDG_RUNTIME_DIR: "/run/user/1",
      VSCODE_IPC_HOOK_CLI: "/x",
      NODE_OPTIONS: "--require=x",
      GITHUB_TOKEN: "t",
      LD_PRELOAD: "x",
    };
    expect(commandEnvironment(env, folders)).toEqual({
      PATH: "/usr/bin:/bin",
      LANG: "de_DE.UTF-8",
      HOME: "/private/home",
      TMPDIR: "/private/tmp",
      TERM: "dumb",
      CI: "true",
    });
  });

  it("leaves out what the search path would find in the tree", () => {
    expect(commandEnvironment({ PATH: ":.:bin:/usr/bin::../x:/usr/bin" }, folders).PATH).toBe("/usr/bin");
    expect(commandEnvironment({}, folders)).toMatchObject({ PATH: "", LANG: "C.UTF-8" });
  });
});
