import { sep } from "node:path";
import { describe, expect, it } from "vitest";
import { unsavedAmong } from "../../../../extension/models/unsaved-paths.ts";

const path = (text: string): string => text.split("/").join(sep);
const open = (files: string[], more: { roots?: string[]; isCaseSensitive?: boolean } = {}) => ({
  files: files.map(path),
  roots: (more.roots ?? ["/projects/shop"]).map(path),
  isCaseSensitive: more.isCaseSensitive ?? true,
});

describe("unsaved files among paths", () => {
  it("are those inside the folder, by whole names", () => {
    const files = [
      "/projects/shop/src/a.ts",
      "/projects/shop-2/src/b.ts",
      "/projects/c.ts",
      "/projects/shop/..d.ts",
    ];
    const paths = ["src/a.ts", "src/b.ts", "c.ts", "a.ts", "..d.ts"];
    expect(unsavedAmong(paths, open(files))).toEqual(["src/a.ts", "..d.ts"]);
  });

  it("are found under each name of the folder", () => {
    const roots = ["/link", "/projects/shop"];
    expect(unsavedAmong(["a.ts", "b.ts"], open(["/link/a.ts", "/projects/shop/b.ts"], { roots }))).toEqual([
      "a.ts",
      "b.ts",
    ]);
  });

  it("are compared as the volume compares names", () => {
    const files = ["/Projects/Shop/SRC/Ma\u0308rz.ts"];
    expect(unsavedAmong(["src/M\u00e4rz.ts"], open(files))).toEqual([]);
    expect(unsavedAmong(["src/M\u00e4rz.ts"], open(files, { isCaseSensitive: false }))).toEqual([
      "src/M\u00e4rz.ts",
    ]);
  });
});
