import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entriesOf, Sandbox, smallWorkspace } from "../support/command-line.ts";

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await Sandbox.make(smallWorkspace);
  await mkdir(sandbox.home);
});

afterEach(async () => {
  execFileSync("umount", [sandbox.home]);
  await sandbox.dispose();
});

function mountHome(size: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", sandbox.home]);
}

describe("agent-team run on a disk that fills up", () => {
  it.each(["48k", "64k", "80k", "96k"])(
    "with %s says so, keeps what was acknowledged, and goes on later",
    async (size) => {
      mountHome(size);
      const { code, stdout, stderr } = await sandbox.run(["run", "look", "--json"]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/no space left|ENOSPC|is full/i);
      const acknowledged = stdout.split("\n").filter((line) => line !== "");

      execFileSync("mount", ["-o", "remount,size=50M", sandbox.home]);
      expect((await sandbox.run(["audit", "verify"])).code).toBe(0);
      const exported = (await sandbox.run(["audit", "export"])).stdout;
      for (const line of acknowledged) expect(exported).toContain(`${line}\n`);
      const runId = entriesOf(exported).find((entry) => entry.runId !== null)?.runId;
      const next = runId === undefined || runId === null ? ["run", "look"] : ["runs", "resume", runId];
      expect((await sandbox.run(next)).code).toBe(0);
      expect((await sandbox.run(["audit", "verify"])).code).toBe(0);
    },
  );
});
