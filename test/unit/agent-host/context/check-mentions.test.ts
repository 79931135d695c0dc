import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkMentions } from "../../../../agent-host/context/check-mentions.ts";
import { mentionsIn } from "../../../../agent-host/protocol/mentions.ts";

let root: string;
const check = (goal: string) =>
  checkMentions(root, mentionsIn(goal).attachments, new AbortController().signal);

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "mentions-")));
  await mkdir(join(root, "src/web"), { recursive: true });
  await writeFile(join(root, "src/app.ts"), "");
  await writeFile(join(root, "src/apply.ts"), "");
  await symlink(tmpdir(), join(root, "out"));
  await symlink("src/app.ts", join(root, "link.ts"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("checkMentions", () => {
  it("accepts what is there, also by a link within", async () => {
    await expect(check("@src/app.ts @src/web/ @./ @link.ts @diff")).resolves.toBeUndefined();
  });

  it.each([
    ["@src/ap.ts", "attachment.missing", "@src/app.ts"],
    ["@src/APP.tsx", "attachment.missing", "@src/app.ts"],
    ["@scr/app.ts", "attachment.missing", "@src"],
    ["@nothing/like.it", "attachment.missing", "backticks"],
    ["@../etc/passwd", "attachment.outside", "workspace"],
    ["@/etc/passwd", "attachment.outside", "workspace"],
    ["@out/", "attachment.outside", "workspace"],
    ["@src/app.ts/", "attachment.kind", "Write @src/app.ts"],
    ["@src/app.ts/x.ts", "attachment.missing", ""],
    ["@src/web:3", "attachment.kind", "Write @src/web/"],
  ])("refuses %s", async (goal, code, hint) => {
    await expect(check(goal)).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
  });
});
