import { isCode } from "../examine-file.ts";
import type { FileFacts, ImportFact } from "../file-facts.ts";
import { ModuleResolver, type Resolution } from "./module-resolver.ts";
import { Packages } from "./packages.ts";
import type { ProjectFiles } from "./project-files.ts";
import { PythonModules } from "./python-modules.ts";
import { CompilerConfigs } from "./tsconfig.ts";

/** One import of one file and where it leads. */
export interface Link {
  readonly fact: ImportFact;
  readonly to: Resolution;
}

/** Resolves the imports of all files and remembers them, so that one edit costs one file's imports. */
export class ModuleGraph {
  readonly files: ProjectFiles;
  readonly packages: Packages;
  readonly configs: CompilerConfigs;
  readonly resolver: ModuleResolver;
  private readonly python: PythonModules;
  private readonly linksOf = new Map<
    string,
    { readonly facts: FileFacts; readonly links: readonly Link[] }
  >();

  constructor(files: ProjectFiles) {
    this.files = files;
    this.packages = new Packages(files);
    this.configs = new CompilerConfigs(files, (name) => this.packages.named(name)?.folder);
    this.resolver = new ModuleResolver(files, this.packages, this.configs);
    this.python = new PythonModules(files);
  }

  links(facts: FileFacts): readonly Link[] {
    const known = this.linksOf.get(facts.path);
    if (known?.facts === facts) return known.links;
    const links = facts.imports.map((fact) => ({ fact, to: this.resolve(facts, fact.specifier) }));
    this.linksOf.set(facts.path, { facts, links });
    return links;
  }

  private resolve(facts: FileFacts, specifier: string): Resolution {
    if (facts.language !== "python") return this.resolver.resolve(facts.path, specifier);
    const path = this.python.resolve(facts.path, specifier);
    return path === undefined ? { kind: "external" } : { kind: "file", path };
  }
}

/** True for names that are all types in the target: such an import is erased although nothing says so. */
export function takesOnlyTypes(fact: ImportFact, target: FileFacts): boolean {
  if (fact.names.length === 0 || !isCode(target.language)) return false;
  return fact.names.every((name) =>
    target.exports.some((item) => item.name === name && item.kind === "type"),
  );
}
