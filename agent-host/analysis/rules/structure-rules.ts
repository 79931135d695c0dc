import type { Rule } from "./rule.ts";

export const importCycle: Rule = {
  id: "structure/import-cycle",
  category: "structure",
  severity: "warning",
  title: "Import cycle",
  why: "Files that load each other in a circle have no order in which they can be understood, tested or moved alone; where one of them uses another while loading, it may see an undefined value, depending on which file is loaded first.",
  remedy:
    "Move what both sides need into a file that imports neither, pass it in as a parameter, or import only its type.",
};

export const unresolvedImport: Rule = {
  id: "structure/unresolved-import",
  category: "structure",
  severity: "error",
  title: "Import of a file that does not exist",
  why: "The module cannot be loaded: the program fails at build time, or at run time where nothing checks it before.",
  remedy: "Correct the path, or add the missing file to version control.",
};

export const undeclaredDependency: Rule = {
  id: "dependencies/undeclared",
  category: "dependencies",
  severity: "warning",
  title: "Package used but not declared",
  why: "The import works only as long as another package happens to install it; the next install may bring another version or none.",
  remedy: "Add the package to the dependencies of the package.json next to this code.",
};

export const unusedExport: Rule = {
  id: "structure/unused-export",
  category: "structure",
  severity: "info",
  title: "Export that nothing imports",
  why: "Code that nobody calls is still read, tested and migrated.",
  remedy: "Remove it, or drop the export keyword when only this file uses it.",
};

export const unreachedFile: Rule = {
  id: "structure/unreached-file",
  category: "structure",
  severity: "warning",
  title: "File that nothing loads",
  why: "No entry point, test, script or configuration leads to this file, so nothing in it runs; it is still maintained and searched.",
  remedy: "Delete it, or name it in the package's entry points if it is loaded from outside.",
};

export const parseProblem: Rule = {
  id: "structure/syntax-error",
  category: "structure",
  severity: "error",
  title: "File that does not parse",
  why: "The file cannot be compiled or loaded as it is, and the rest of this analysis sees only a part of it.",
  remedy: "Mend the syntax at the reported place.",
};

export const structureRules: readonly Rule[] = [
  importCycle,
  unresolvedImport,
  undeclaredDependency,
  unusedExport,
  unreachedFile,
  parseProblem,
];
