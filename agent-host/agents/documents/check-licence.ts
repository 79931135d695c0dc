import type { Finding } from "../../protocol/finding.ts";
import { documentFinding, licenceRule } from "./document-finding.ts";
import { licenceOf } from "./licence-text.ts";
import { type DocumentWorkspace, readText } from "./read-text.ts";
import { parseJson } from "./workspace-commands.ts";

/** The root manifest's licence against the text of the licence file. */
export async function checkLicence(workspace: DocumentWorkspace, signal: AbortSignal): Promise<Finding[]> {
  const files = workspace.paths.filter((path) => /^(?:licen[cs]e|copying)(?:\.(?:md|txt|rst))?$/i.test(path));
  const [file] = files;
  // Two texts are a choice between licences, or one for a part; that takes a person.
  if (file === undefined || files.length > 1 || !workspace.paths.includes("package.json")) return [];
  const [text, manifest] = await Promise.all([
    readText(workspace.root, file, signal),
    readText(workspace.root, "package.json", signal),
  ]);
  const inText = licenceOf(text ?? "");
  const inManifest = parseJson(manifest ?? "").license;
  if (inText === undefined || typeof inManifest !== "string" || !/^[A-Za-z0-9.+() -]+$/.test(inManifest))
    return [];
  if (
    /SEE LICEN|UNLICENSED/i.test(inManifest) ||
    names(inManifest).some((name) => isSame(name, inText.toLowerCase()))
  )
    return [];
  const lines = (manifest ?? "").split("\n");
  const at = lines.findIndex((line) => /"license"\s*:/.test(line));
  const evidence = lines[at]?.trim() ?? "";
  return [
    documentFinding(licenceRule, {
      file: "package.json",
      line: Math.max(at, 0) + 1,
      column: (lines[at]?.indexOf(evidence) ?? 0) + 1,
      message: `package.json says ${inManifest}, ${file} holds the text of ${inText}`,
      evidence,
    }),
  ];
}

/** `Apache 2.0` and `BSD` are not SPDX ids, but they say the same. */
function isSame(name: string, id: string): boolean {
  const written = name.replaceAll(/[\s/]+/g, "-");
  return id.startsWith(written) || written.startsWith(id);
}

function names(expression: string): string[] {
  return expression
    .toLowerCase()
    .split(/\s+(?:or|and|with)\s+|[()]/)
    .map((name) => name.trim().replace(/-(?:only|or-later)$|\+$/, ""))
    .filter((name) => name !== "");
}
