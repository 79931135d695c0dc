import { mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readHostInfo } from "../../../../agent-host/client/host-info-file.ts";
import { hostEnvironment } from "../../../../agent-host/client/spawn-host.ts";
import { endpointFor, locateWorkspace } from "../../../../agent-host/client/workspace-location.ts";

let folder = "";

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "location-")));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("locateWorkspace", () => {
  it("names a workspace by the first 16 digits of the SHA-256 of its real path", async () => {
    const { createHash } = await import("node:crypto");
    const expected = createHash("sha256").update(folder.normalize("NFC")).digest("hex").slice(0, 16);
    expect((await locateWorkspace(folder, { AGENT_TEAM_HOME: "/h" })).workspaceId).toBe(expected);
  });

  it("gives a link the identity of what it leads to", async () => {
    await symlink(folder, join(folder, "link"));
    const [direct, linked] = await Promise.all([
      locateWorkspace(folder, {}),
      locateWorkspace(join(folder, "link"), {}),
    ]);
    expect(linked).toEqual(direct);
  });

  it("keeps state below AGENT_TEAM_HOME, outside the workspace", async () => {
    const location = await locateWorkspace(folder, { AGENT_TEAM_HOME: "/somewhere" });
    expect(location.stateFolder).toBe(join("/somewhere", "workspaces", location.workspaceId));
  });

  it("refuses a state folder in the workspace, also by way of a link, and one without a full path", async () => {
    await symlink(folder, join(folder, "link"));
    for (const home of [folder, join(folder, ".state"), join(folder, "link", "a", "b")]) {
      await expect(locateWorkspace(folder, { AGENT_TEAM_HOME: home })).rejects.toMatchObject({
        code: "home.insideWorkspace",
      });
    }
    await expect(locateWorkspace(folder, { AGENT_TEAM_HOME: `${folder}..` })).resolves.toBeDefined();
    await expect(locateWorkspace(folder, { AGENT_TEAM_HOME: "state" })).rejects.toMatchObject({
      code: "home.relative",
    });
  });

  it("says what is wrong with a path", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(locateWorkspace(join(folder, "none"), {})).rejects.toMatchObject({
      code: "workspace.missing",
    });
    await expect(locateWorkspace(join(folder, "file"), {})).rejects.toMatchObject({
      code: "workspace.notFolder",
    });
  });
});

describe.runIf(process.platform !== "win32")("endpointFor", () => {
  it("lies in a folder of the user's own", () => {
    const endpoint = endpointFor("0123456789abcdef", { XDG_RUNTIME_DIR: "/run/user/7" }, "x");
    expect(endpoint).toBe(`/run/user/7/agent-team-${process.getuid?.()}/0123456789abcdef.sock`);
  });

  it("ignores a runtime folder without a full path", () => {
    const endpoint = endpointFor("0123456789abcdef", { XDG_RUNTIME_DIR: "run" }, "x");
    expect(endpoint.startsWith(`${tmpdir()}/agent-team-`)).toBe(true);
  });

  it("refuses a path that some platform would cut", () => {
    const long = { XDG_RUNTIME_DIR: `/${"r".repeat(90)}` };
    expect(() => endpointFor("0123456789abcdef", long, "x")).toThrow(/100 at most/);
  });
});

describe("readHostInfo", () => {
  it.each(["", "{", "null", "{}", '{"endpoint":"/x","token":"short"}', `"${"x".repeat(20_000)}"`])(
    "takes %j for no host at all",
    async (text) => {
      const hostInfoFile = join(folder, "host.json");
      await writeFile(hostInfoFile, text);
      expect(await readHostInfo({ hostInfoFile })).toBeNull();
    },
  );
});

describe("hostEnvironment", () => {
  it("drops what belongs to the editor and what looks like a secret", () => {
    const env = hostEnvironment(
      {
        PATH: "/bin",
        LANG: "C",
        XDG_RUNTIME_DIR: "/run",
        VSCODE_IPC_HOOK: "x",
        ELECTRON_RUN_AS_NODE: "1",
        NODE_OPTIONS: "--inspect",
        GITHUB_TOKEN: "t",
        AWS_SECRET_ACCESS_KEY: "s",
        ANTHROPIC_API_KEY: "k",
        DB_PASSWORD: "p",
      },
      "/usr/bin/node",
    );
    expect(Object.keys(env).sort()).toEqual(["HOME", "LANG", "PATH", "XDG_RUNTIME_DIR"]);
  });

  it("lets an Electron be Node.js", () => {
    expect(hostEnvironment({}, "/opt/code/code").ELECTRON_RUN_AS_NODE).toBe("1");
  });
});
