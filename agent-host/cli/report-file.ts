import { extname, relative, sep } from "node:path";
import { HostError } from "../core/host-error.ts";

/** The report format a file name asks for. @throws HostError `report.format`. */
export function reportFormatOf(file: string): "markdown" | "json" | "sarif" {
  const extension = extname(file).toLowerCase();
  if (extension === ".md" || extension === ".markdown") return "markdown";
  if (extension === ".json") return "json";
  if (extension === ".sarif") return "sarif";
  throw new HostError(
    "report.format",
    `A report cannot be written as ${extension === "" ? "a file without ending" : extension}`,
    {
      hint: "Use a file that ends in .md, .json or .sarif",
    },
  );
}

/** Start of every link from a report in `folder` to a file below `root`. */
export function linkPrefix(root: string, folder: string): string {
  const path = relative(folder, root).split(sep).map(encodeURIComponent).join("/");
  return path === "" ? "./" : `${path}/`;
}

/** A Markdown report moved to another folder, with its links still leading to the workspace. */
export function relinked(text: string, given: { root: string; from: string; to: string }): string {
  const before = linkPrefix(given.root, given.from);
  const after = linkPrefix(given.root, given.to);
  return text.replaceAll(`](${before}`, `](${after}`);
}
