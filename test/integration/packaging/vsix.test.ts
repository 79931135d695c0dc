import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ZipEntry, zipEntries } from "../../support/zip-entries.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const maxBytes = 3 * 1024 * 1024;

/** Every file of the package is of one of these kinds. vsce renames LICENSE, README.md and CHANGELOG.md. */
const allowed = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/package(\.nls(\.[a-z-]+)?)?\.json$/,
  /^extension\/l10n\/bundle\.l10n(\.[a-z-]+)?\.json$/,
  /^extension\/(readme\.md|changelog\.md|LICENSE\.txt)$/,
  /^extension\/media\/[\w./-]+\.(svg|png|md)$/,
  /^extension\/media\/rules\.schema\.json$/,
  /^extension\/dist\/extension\/[\w.-]+\.cjs$/,
  /^extension\/dist\/host\/(chunks\/)?[\w.-]+\.m?js$/,
  /^extension\/dist\/host\/package\.json$/,
  /^extension\/dist\/host\/shell\/tree-sitter(-bash)?\.(js|wasm)$/,
  // The sample repository of the demo, with its script and its own tests.
  /^extension\/dist\/host\/demo\/(script\.json|repository\/(README\.md|package\.json|(src|test)\/[\w.-]+\.js))$/,
  /^extension\/dist\/host\/rules\/rules\.yaml$/,
  /^extension\/dist\/webview\/[\w.-]+\.(js|css|ttf)$/,
  /^extension\/(dist\/host\/)?system_prompts\/[\w.-]+\.md$/,
];

const required = [
  "extension/package.json",
  "extension/LICENSE.txt",
  "extension/readme.md",
  "extension/dist/extension/extension.cjs",
  "extension/dist/host/main.js",
  "extension/dist/host/analysis-process.mjs",
  "extension/dist/host/analysis-worker.mjs",
  "extension/dist/host/package.json",
  "extension/dist/host/rules/rules.yaml",
  "extension/dist/host/demo/script.json",
  "extension/dist/host/shell/tree-sitter-bash.wasm",
  "extension/media/rules.schema.json",
  "extension/dist/webview/team.js",
  "extension/dist/webview/review.js",
];

describe("the packaged extension", () => {
  const folder = mkdtempSync(join(tmpdir(), "agent-team-vsix-"));
  let entries: ZipEntry[] = [];
  let bytes = 0;

  beforeAll(() => {
    const file = join(folder, "agent-team.vsix");
    execFileSync(process.execPath, [join(root, "test/support/package-vsix.mjs"), file], { stdio: "pipe" });
    const zip = readFileSync(file);
    bytes = zip.length;
    entries = zipEntries(zip);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("holds only files of the kinds that belong in it", () => {
    const names = entries.map((entry) => entry.name);
    expect(names.filter((name) => !allowed.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  it("holds what the editor and the host need", () => {
    expect(entries.map((entry) => entry.name)).toEqual(expect.arrayContaining(required));
  });

  it("stays within 3 MiB", () => {
    expect(bytes).toBeLessThanOrEqual(maxBytes);
  });

  it("points to no source map", () => {
    const scripts = entries.filter((entry) => /\.([cm]?js|css)$/.test(entry.name));
    const mapComment = /\/[/*]# sourceMappingURL=\S+\s*(\*\/)?\s*$/;
    const withMap = scripts.filter((entry) => mapComment.test(entry.read().toString("utf8").slice(-500)));
    expect(withMap.map((entry) => entry.name)).toEqual([]);
  });

  it("names the version and entry point that package.json names", () => {
    const packed = entries
      .find((entry) => entry.name === "extension/package.json")
      ?.read()
      .toString("utf8");
    const own = readFileSync(join(root, "package.json"), "utf8");
    const pick = (text = "{}") => {
      const { name, version, main } = JSON.parse(text);
      return { name, version, main };
    };
    expect(pick(packed)).toEqual(pick(own));
  });
});
