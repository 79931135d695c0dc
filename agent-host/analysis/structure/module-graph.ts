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
  private readonly derived = new WeakMap<FileFacts, ReadonlySet<string>>();
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
    const links =
      facts.language === "python"
        ? facts.imports.flatMap((fact) => this.pythonLinks(facts.path, fact))
        : facts.imports.map((fact) => ({ fact, to: this.resolver.resolve(facts.path, fact.specifier) }));
    this.linksOf.set(facts.path, { facts, links });
    return links;
  }

  /** What `derive` says about a file, worked out once as long as the file and the set of files stay the same. */
  remember(
    facts: FileFacts,
    derive: (facts: FileFacts, graph: ModuleGraph) => ReadonlySet<string>,
  ): ReadonlySet<string> {
    const known = this.derived.get(facts);
    if (known !== undefined) return known;
    const fresh = derive(facts, this);
    this.derived.set(facts, fresh);
    return fresh;
  }

  /** `from package import name` may load a module of the package as well as take a name from it. */
  private pythonLinks(from: string, fact: ImportFact): Link[] {
    const submodules: Link[] = [];
    const rest: string[] = [];
    for (const name of fact.names) {
      const joint = fact.specifier.endsWith(".") ? "" : ".";
      const path = name === "*" ? undefined : this.python.resolve(from, `${fact.specifier}${joint}${name}`);
      if (path === undefined) rest.push(name);
      else submodules.push({ fact: { ...fact, names: [name] }, to: { kind: "file", path } });
    }
    if (submodules.length > 0 && rest.length === 0) return submodules;
    const path = this.python.resolve(from, fact.specifier);
    const to: Resolution = path === undefined ? { kind: "external" } : { kind: "file", path };
    return [...submodules, { fact, to }];
  }
}

/** True for names that are all types in the target: such an import is erased although nothing says so. */
export function takesOnlyTypes(fact: ImportFact, target: FileFacts): boolean {
  if (fact.names.length === 0 || !isCode(target.language)) return false;
  return fact.names.every((name) =>
    target.exports.some((item) => item.name === name && item.kind === "type"),
  );
}
