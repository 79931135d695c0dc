import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileFoldedGlobs, compileGlobs } from "../../../agent-host/rules/scope.ts";
import type { AccessRules } from "../../../agent-host/security/access-decision.ts";
import { accessDecider } from "../../../agent-host/security/decide-access.ts";
import { applyPatchTool } from "../../../agent-host/tools/apply-patch.ts";
import { deleteFileTool } from "../../../agent-host/tools/delete-file.ts";
import { editFileTool } from "../../../agent-host/tools/edit-file.ts";
import type { PreparedCall, ToolOutput } from "../../../agent-host/tools/tool.ts";
import { writeFileTool } from "../../../agent-host/tools/write-file.ts";
import { shippedRules } from "../../support/rules-fixture.ts";
import { makeTaskTree, prepareTool, type TaskTree } from "../../support/task-tree.ts";

const decide = accessDecider({ compileGlobs, compileFoldedGlobs });
const { controlPlane, scope } = shippedRules();
const rules: AccessRules = {
  scope,
  taskPaths: ["**"],
  controlPlane,
  assurance: "sandboxed",
  granted: [],
  isTainted: true,
};
const never = new AbortController().signal;
const content = "guarded\n";

const guarded = [
  ".vscode/settings.json",
  ".vscode/tasks.json",
  ".git/config",
  ".git/hooks/pre-commit",
  ".agent-team/rules.yaml",
  ".mcp.json",
  "my.code-workspace",
  ".github/workflows/ci.yml",
  ".husky/pre-commit",
  ".cursor/mcp.json",
  "sub/AGENTS.md",
  ".bashrc",
];

/** Ways to write a path that some system takes for the same file, or that lead to it. */
const forms: Readonly<Record<string, (path: string, folder: string) => string>> = {
  "as it is": (path) => path,
  "in capitals": (path) => path.toUpperCase(),
  "in mixed case": (path) =>
    path.replace(/[a-z]/g, (letter, at: number) => (at % 2 ? letter : letter.toUpperCase())),
  "with a dot at the end": (path) => `${path}.`,
  "with a space at the end": (path) => `${path} `,
  "with a dot behind the folder": (path) => path.replace("/", "./"),
  "with a dot in front": (path) => `./${path}`,
  "round another folder": (path) => `src/../${path}`,
  "round itself": (path) => `${path.split("/")[0]}/../${path}`,
  "with doubled separators": (path) => path.replaceAll("/", "//"),
  "with backslashes": (path) => path.replaceAll("/", "\\"),
  "with a stream": (path) => `${path}::$DATA`,
  "with the folder's stream": (path) => path.replace("/", "::$INDEX_ALLOCATION/"),
  "by a short name": (path) =>
    path.replace(/^\.?(\w{3,6})[^/]*/, (_, start: string) => `${start.toUpperCase()}~1`),
  "in full width": (path) =>
    path.replace(/[a-z]/, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
  "with a joiner": (path) => path.replace(/[a-z]/, (letter) => `${letter}\u200d`),
  "with a long s or a Kelvin sign": (path) => path.replace("s", "\u017f").replace("k", "\u212a"),
  decomposed: (path) => path.normalize("NFD"),
  absolute: (path, folder) => join(folder, path),
  "over a link to its folder": (path) => `folder-link/${path}`,
  "over a link to itself": (path) => `links/${path.replaceAll("/", "_")}`,
};

type Prepare = (path: string, tree: TaskTree) => Promise<PreparedCall | ToolOutput>;

const verbs: Readonly<Record<string, Prepare>> = {
  write: (path, { context }) => prepareTool(writeFileTool(), { path, content: "evil" }, context),
  edit: (path, { context }) =>
    prepareTool(editFileTool(), { path, old_string: "guarded", new_string: "evil" }, context),
  delete: (path, { context }) => prepareTool(deleteFileTool(), { path }, context),
  "append by patch": (path, { context }) => {
    const patch = `--- a/${path}\n+++ b/${path}\n@@ -1 +1,2 @@\n guarded\n+evil\n`;
    return prepareTool(applyPatchTool(), { patch }, context);
  },
  "create by patch": (path, { context }) => {
    const patch = `*** Begin Patch\n*** Add File: ${path}\n+evil\n*** End Patch`;
    return prepareTool(applyPatchTool(), { patch }, context);
  },
  "delete by patch": (path, { context }) => {
    const patch = `*** Begin Patch\n*** Delete File: ${path}\n*** End Patch`;
    return prepareTool(applyPatchTool(), { patch }, context);
  },
  "move over by patch": (path, { context }) => {
    const patch = `*** Begin Patch\n*** Update File: src/a.ts\n*** Move to: ${path}\n@@\n-mine\n+evil\n*** End Patch`;
    return prepareTool(applyPatchTool(), { patch }, context);
  },
  "hide among others by patch": (path, { context }) => {
    const patch = `*** Begin Patch\n*** Add File: src/ok.ts\n+ok\n*** Add File: ${path}\n+evil\n*** End Patch`;
    return prepareTool(applyPatchTool(), { patch }, context);
  },
};

let tree: TaskTree;
beforeEach(async () => {
  tree = await makeTaskTree();
  await tree.put("src/a.ts", "mine\n");
});
afterEach(() => tree.remove());

describe.each([true, false])("control-plane files (there before: %s)", (isThere) => {
  it.each(Object.keys(verbs))("are not changed by %s without a person, in any form", async (verb) => {
    await lay(isThere);
    const before = await contents();
    let asked = 0;
    for (const path of guarded) {
      for (const [form, write] of Object.entries(forms)) {
        const spelled = write(path, tree.folder);
        const call = await verbs[verb]?.(spelled, tree);
        if (call === undefined || "text" in call) continue;
        const decision = decide(call.access, rules);
        if (decision.kind === "allow") await call.perform(never);
        if (decision.kind === "ask") asked += decision.needsPerson ? 1 : 0;
        expect([form, spelled, decision.kind]).toEqual([form, spelled, expect.stringMatching(/ask|deny/)]);
      }
    }
    expect(await contents()).toEqual(before);
    // Where nothing can be changed nothing is asked; all else reaches the decision.
    const needsFile = ["edit", "delete", "append by patch", "delete by patch"].includes(verb);
    expect(asked).toBeGreaterThan(isThere || !needsFile ? guarded.length : -1);
  });
});

describe("a hard link", () => {
  it("to a control-plane file, or to one outside, is replaced, not written through", async () => {
    await lay(true);
    await writeFile(join(tree.outside, "secret"), content);
    await link(join(tree.folder, ".vscode/settings.json"), join(tree.folder, "src/inner.json"));
    await link(join(tree.outside, "secret"), join(tree.folder, "src/outer.json"));
    for (const path of ["src/inner.json", "src/outer.json"]) {
      for (const verb of ["edit", "write", "append by patch"]) {
        const call = await verbs[verb]?.(path, tree);
        if (call !== undefined && !("text" in call)) {
          expect(decide(call.access, rules).kind).toBe("allow");
          await call.perform(never);
        }
      }
      expect(await tree.read(path)).toContain("evil");
    }
    expect(await tree.read(".vscode/settings.json")).toBe(content);
    expect(await readFile(join(tree.outside, "secret"), "utf8")).toBe(content);
  });
});

/** The guarded files, and links to them and to the whole tree. */
async function lay(isThere: boolean): Promise<void> {
  await mkdir(join(tree.folder, "links"));
  await symlink(".", join(tree.folder, "folder-link"));
  for (const path of guarded) {
    if (isThere) await tree.put(path, content);
    await symlink(`../${path}`, join(tree.folder, "links", path.replaceAll("/", "_")));
  }
}

async function contents(): Promise<(string | null)[]> {
  return await Promise.all(guarded.map((path) => tree.read(path).catch(() => null)));
}
