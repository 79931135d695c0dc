import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { attachOrBecome } from "../../../../agent-host/cli/attach.ts";
import { locateWorkspace } from "../../../../agent-host/client/workspace-location.ts";
import type { RunningHost } from "../../../../agent-host/host/running-host.ts";

it("ends the host that a command became and cannot speak to, or the command would never end", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "agent-team-test-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const workspace = join(folder, "workspace");
  await mkdir(workspace);
  const location = await locateWorkspace(workspace, { AGENT_TEAM_HOME: join(folder, "home") });
  const closed: string[] = [];
  const host: RunningHost = {
    info: {
      endpoint: join(folder, "nobody.sock"),
      token: "0".repeat(64),
      pid: process.pid,
      version: "0.1.0",
      protocol: { min: 1, max: 1 },
      startedAt: "2026-01-01T00:00:00.000Z",
      mode: "command-line",
    },
    closed: new Promise(() => undefined),
    close: async (reason) => void closed.push(reason),
  };
  const options = { location, sleep: async () => undefined, monotonicMs: () => 0, become: async () => host };
  const attaching = attachOrBecome(options, new AbortController().signal);
  await expect(attaching).rejects.toMatchObject({ code: "host.unreachable" });
  expect(closed).toEqual(["its command could not speak to it"]);
});
