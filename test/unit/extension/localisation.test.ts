import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reviewWords } from "../../../agent-host/protocol/review-words.ts";
import { taskWords } from "../../../agent-host/protocol/task-words.ts";
import { teamWords } from "../../../agent-host/protocol/team-words.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const manifest = readFileSync(join(root, "package.json"), "utf8");
const names: Record<string, string> = JSON.parse(readFileSync(join(root, "package.nls.json"), "utf8"));
const bundle: Record<string, string> = JSON.parse(
  readFileSync(join(root, "l10n", "bundle.l10n.json"), "utf8"),
);

/** English sentences that the extension's sources hand to the editor for translation. */
function sentences(): string[] {
  const files = readdirSync(join(root, "extension"), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(root, "extension", file), "utf8"))
    .flatMap((text) => [...text.matchAll(/\b(?:l10n\.)?t\(\s*"((?:[^"\\]|\\.)*)"/g)])
    .map(([, sentence]) => JSON.parse(`"${sentence}"`));
}

describe("what can be translated", () => {
  it("names every placeholder of package.json, and nothing else", () => {
    const used = [...manifest.matchAll(/"%([\w.]+)%"/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(Object.keys(names).sort());
  });

  it("lists every sentence of the extension and its pages, and nothing else", () => {
    const all = [
      ...new Set([
        ...sentences(),
        ...Object.values(teamWords),
        ...Object.values(reviewWords),
        ...Object.values(taskWords),
      ]),
    ];
    expect(Object.keys(bundle).sort()).toEqual(all.sort());
  });
});
