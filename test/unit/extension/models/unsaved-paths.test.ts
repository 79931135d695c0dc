import { sep } from "node:path";
import { describe, expect, it } from "vitest";
import { unsavedAmong } from "../../../../extension/models/unsaved-paths.ts";

const path = (text: string): string => text.split("/").join(sep);
const open = (files: string[], more: { roots?: string[]; isCaseSensitive?: boolean } = {}) => ({
  files: files.map(path),
  roots: (more.roots ?? ["/work/shop"]).map(path),
  isCaseSensitive: more.isCaseSensitive ?? true,
});

describe("unsaved files among paths", () => {
  it("are those inside the folder, by whole names", () => {
    const files = ["/work/shop/src/a.ts", "/work/shop-2/src/b.ts", "/work/c.ts", "/work/shop/..d.ts"];
    const paths = ["src/a.ts", "src/b.ts", "c.ts", "a.ts", "..d.ts"];
    expect(unsavedAmong(paths, open(files))).toEqual(["src/a.ts", "..d.ts"]);
  });

  it("are found under each name of the folder", () => {
    const roots = ["/link", "/work/shop"];
    expect(unsavedAmong(["a.ts", "b.ts"], open(["/link/a.ts", "/work/shop/b.ts"], { roots }))).toEqual([
      "a.ts",
      "b.ts",
    ]);
  });

  it("are compared as the volume compares names", () => {
    const files = ["/Work/Shop/SRC/Ma\u0308rz.ts"];
    expect(unsavedAmong(["src/M\u00e4rz.ts"], open(files))).toEqual([]);
    expect(unsavedAmong(["src/M\u00e4rz.ts"], open(files, { isCaseSensitive: false }))).toEqual([
      "src/M\u00e4rz.ts",
    ]);
  });
});
