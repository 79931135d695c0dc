import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { contributes } = manifest;
const register = readFileSync(join(root, "extension", "commands", "register.ts"), "utf8");
const commandIds: string[] = contributes.commands.map(({ command }: { command: string }) => command);

describe("package.json", () => {
  it("declares exactly the commands that are registered", () => {
    const registered = [...register.matchAll(/"(agentTeam\.\w+)":/g)].map(([, id]) => id);
    expect(registered.sort()).toEqual([...commandIds].sort());
  });

  it("puts only declared commands into menus", () => {
    const used = Object.values(contributes.menus).flat() as { command: string }[];
    expect(used.map(({ command }) => command).filter((command) => !commandIds.includes(command))).toEqual([]);
  });

  it("shows at most three actions on a row of a tree", () => {
    const inline = (contributes.menus["view/item/context"] as { group: string; when: string }[]).filter(
      ({ group }) => group.startsWith("inline"),
    );
    const rows = [
      ...["run.running", "run.waiting", "run.paused", "run.interrupted", "run.done.applied", "audit.entry"],
      ...["gate.mine.changes", "gate.others.changes", "approval.mine", "approval.others"],
    ];
    for (const row of rows) {
      const shown = inline.filter(({ when }) => {
        const exact = /viewItem == ([\w.]+)/.exec(when)?.[1];
        const pattern = /viewItem =~ \/(.*)\//.exec(when)?.[1];
        return exact === row || (pattern !== undefined && new RegExp(pattern).test(row));
      });
      expect(shown.length, row).toBeLessThanOrEqual(3);
    }
  });

  it("says that it works in part without trust, and not without files", () => {
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe("limited");
    expect(manifest.capabilities.virtualWorkspaces.supported).toBe(false);
    expect(manifest.extensionKind).toEqual(["workspace"]);
  });

  it("keeps a folder from choosing what starts programs, spends money or grants", () => {
    const guarded = ["provider", "scriptFile", "approve", "budgetUsd", "model"].map(
      (name) => `agentTeam.${name}`,
    );
    const { properties } = contributes.configuration;
    expect(guarded.map((name) => properties[name].scope)).toEqual(guarded.map(() => "machine"));
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.sort()).toEqual(guarded.sort());
  });

  it("names icons that exist", () => {
    const icons = [manifest.icon, contributes.viewsContainers.activitybar[0].icon];
    expect(icons.filter((icon) => !existsSync(join(root, icon)))).toEqual([]);
  });

  it("offers in Restricted Mode and without a folder what helps there", () => {
    const welcomes = contributes.viewsWelcome as { view: string; when: string }[];
    for (const view of ["agentTeam.tasks", "agentTeam.gates", "agentTeam.audit"]) {
      const conditions = welcomes.filter((welcome) => welcome.view === view).map(({ when }) => when);
      expect(conditions.some((when) => when.includes("!isWorkspaceTrusted"))).toBe(true);
      expect(conditions.some((when) => when.includes("workspaceFolderCount == 0"))).toBe(true);
    }
  });
});
