import { parse } from "smol-toml";
import { messageOf } from "../../core/host-error.ts";
import type { ManifestFile } from "./manifest-file.ts";
import { unpinnedRule, unpinnedSourceRule } from "./manifest-rules.ts";

/** Ranges are right for a Python package; only what follows nothing or a moving repository is reported. */
export function checkPyproject(file: ManifestFile): string | undefined {
  let toml: unknown;
  try {
    toml = parse(file.text);
  } catch (error) {
    return `not TOML: ${messageOf(error).split("\n")[0]}`;
  }
  const project = child(toml, "project");
  for (const requirement of [
    ...strings(child(project, "dependencies")),
    ...groupStrings(child(project, "optional-dependencies")),
  ]) {
    checkDirect(file, requirement);
  }
  const poetry = child(child(toml, "tool"), "poetry");
  const groups = Object.values(asTable(child(poetry, "group")));
  for (const table of [
    child(poetry, "dependencies"),
    ...groups.map((group) => child(group, "dependencies")),
  ]) {
    for (const [name, value] of Object.entries(asTable(table))) checkPoetry(file, name, value);
  }
  return undefined;
}

function checkDirect(file: ManifestFile, requirement: string): void {
  const address = /@\s*(git\+\S+)/.exec(requirement)?.[1];
  if (address === undefined || /@[0-9a-f]{7,40}(?:#|$)/.test(address)) return;
  const at = file.text.indexOf(requirement);
  if (at === -1) return;
  const tag = /@v?\d+(?:\.\d+)+/.test(address);
  file.report(unpinnedSourceRule, {
    from: at,
    to: at + requirement.length,
    message: `Requirement follows ${tag ? "a tag" : "a branch"} of a repository`,
    severity: tag ? "info" : "warning",
  });
}

function checkPoetry(file: ManifestFile, name: string, value: unknown): void {
  const place = placeOf(file.text, name);
  if (place === undefined) return;
  const version = typeof value === "string" ? value : child(value, "version");
  if (version === "*") {
    file.report(unpinnedRule, { ...place, message: `${name} may be any version`, severity: "info" });
  }
  const repository = child(value, "git");
  if (typeof repository === "string" && child(value, "rev") === undefined) {
    const tag = child(value, "tag") !== undefined;
    const message = `${name} follows ${tag ? "a tag" : "a branch"} of a repository`;
    file.report(unpinnedSourceRule, { ...place, message, severity: tag ? "info" : "warning" });
  }
}

/** The first line that gives `name` a value. */
function placeOf(text: string, name: string): { from: number; to: number } | undefined {
  let at = 0;
  for (const line of text.split("\n")) {
    if (
      line.replace(/^["']/, "").startsWith(name) &&
      /^["']?\s*=/.test(line.replace(/^["']/, "").slice(name.length))
    ) {
      return { from: at, to: at + line.trimEnd().length };
    }
    at += line.length + 1;
  }
  return undefined;
}

function child(value: unknown, key: string): unknown {
  return asTable(value)[key];
}

function asTable(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function groupStrings(value: unknown): string[] {
  return Object.values(asTable(value)).flatMap(strings);
}
