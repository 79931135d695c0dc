import { stat } from "node:fs/promises";
import { posix } from "node:path";
import { HostError } from "../core/host-error.ts";
import type { Attachment } from "../protocol/attachment.ts";
import { visible } from "../protocol/visible.ts";
import { namesInside, realInside } from "./sources/read-inside.ts";

const maxNear = 3;
const maxNamesCompared = 2_000;

/**
 * Checks that the files and folders which a person attached are there and lie in the workspace; `root` is its real path.
 *
 * @throws HostError `attachment.missing` with names that are alike, `attachment.outside`, or `attachment.kind` where
 * a file is called a folder or a folder a file.
 */
export async function checkMentions(
  root: string,
  attachments: readonly Attachment[],
  signal: AbortSignal,
): Promise<void> {
  for (const attachment of attachments) {
    signal.throwIfAborted();
    if (attachment.kind === "file" || attachment.kind === "folder") await check(root, attachment);
  }
}

async function check(
  root: string,
  { kind, path }: { readonly kind: "file" | "folder"; readonly path: string },
): Promise<void> {
  const real = await realInside(root, path);
  if (real === "outside") {
    throw new HostError("attachment.outside", `${visible(path)} lies outside of the workspace`, {
      hint: "Attach files of the workspace only, or copy it there; if it is no file, write it in `backticks`",
    });
  }
  if (real === null) throw await missing(root, path);
  const status = await stat(real);
  if (kind === "file" ? status.isFile() : status.isDirectory()) return;
  if (kind === "folder" && status.isFile()) {
    throw new HostError("attachment.kind", `${visible(path)} is a file, not a folder`, {
      hint: `Write @${visible(path)}`,
    });
  }
  throw new HostError(
    "attachment.kind",
    `${visible(path)} is ${status.isDirectory() ? "a folder" : "not a file"}`,
    {
      hint: status.isDirectory() ? `Write @${visible(path)}/` : "Attach a regular file",
    },
  );
}

async function missing(root: string, path: string): Promise<HostError> {
  const near = await nearNames(root, path);
  const hint =
    near.length === 0
      ? "Check the path, which starts at the workspace's root; if it is no file, write it in `backticks`"
      : `Did you mean ${near.map((each) => `@${visible(each)}`).join(" or ")}? If it is no file, write it in \`backticks\``;
  return new HostError("attachment.missing", `There is no ${visible(path)} in the workspace`, { hint });
}

/** Names in the nearest folder that is there which are like the one that is not, the most alike first. */
async function nearNames(root: string, path: string): Promise<string[]> {
  const names = path.split("/");
  for (let depth = names.length - 1; depth >= 0; depth -= 1) {
    const folder = names.slice(0, depth).join("/");
    const wanted = (names[depth] ?? "").toLowerCase();
    if ((await realInside(root, folder || ".")) === null) continue;
    const near = (await namesInside(root, folder || "."))
      .slice(0, maxNamesCompared)
      .map((name) => ({ name, distance: distanceOf(wanted, name.toLowerCase()) }))
      .filter(
        ({ name, distance }) => distance <= Math.max(2, Math.ceil(Math.max(wanted.length, name.length) / 3)),
      )
      .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
    return near.slice(0, maxNear).map(({ name }) => posix.join(folder, name));
  }
  return [];
}

/** Levenshtein (1966): how many characters must be added, removed or replaced. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
