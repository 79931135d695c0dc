import type { Finding, Severity } from "../../protocol/finding.ts";
import type { ImportFact } from "../file-facts.ts";
import type { FileRole } from "../files/file-role.ts";
import { finding } from "../rules/rule.ts";
import { undeclaredDependency } from "../rules/structure-rules.ts";
import type { Packages } from "./packages.ts";
import { joinPath } from "./paths.ts";

/** One import of an undeclared package. */
interface Use {
  readonly file: string;
  readonly fact: ImportFact;
  readonly role: FileRole;
}

/** Collects imports of undeclared packages: one finding for each package and the manifest that should name it. */
export class UndeclaredPackages {
  private readonly packages: Packages;
  private readonly uses = new Map<string, { readonly name: string; readonly uses: Use[] }>();

  constructor(packages: Packages) {
    this.packages = packages;
  }

  note(name: string, use: Use): void {
    const key = `${this.packages.around(use.file)?.folder ?? ""}\0${name}`;
    const known = this.uses.get(key);
    if (known === undefined) this.uses.set(key, { name, uses: [use] });
    else known.uses.push(use);
  }

  /** Those used by most files first. */
  findings(): Finding[] {
    return [...this.uses.values()]
      .sort((a, b) => b.uses.length - a.uses.length)
      .map(({ name, uses }) => this.describe(name, uses));
  }

  private describe(name: string, uses: readonly Use[]): Finding {
    // What runs says more than what is erased or only tests.
    const first = uses.find((use) => weightOf(use) === "warning") ?? (uses[0] as Use);
    const files = new Set(uses.map(({ file }) => file)).size;
    const where = files === 1 ? "around this file" : "around them";
    const source = this.sourceOf(name, first.file);
    return finding(undeclaredDependency, {
      file: first.file,
      range: first.fact.range,
      message: `${name} is imported ${files === 1 ? "" : `in ${files} files `}but declared in no package.json ${where}${source ?? ""}`,
      evidence: `import of "${first.fact.specifier}"`,
      severity: source === undefined ? weightOf(first) : "info",
      related: uses
        .filter((use) => use !== first)
        .map(({ file, fact }) => ({ file, range: fact.range, note: `import of "${fact.specifier}"` })),
      identity: name,
    });
  }

  /** Where it is likely to come from all the same. */
  private sourceOf(name: string, file: string): string | undefined {
    const relative = this.packages.relativeOf(file, name);
    if (relative !== undefined) return `; it comes along with ${relative} at best`;
    const sibling = this.packages.declaring(name);
    if (sibling === undefined) return undefined;
    return `; only ${joinPath(sibling.folder, "package.json") ?? ""} declares it`;
  }
}

function weightOf({ fact, role }: Use): Severity {
  return fact.typeOnly || role !== "source" ? "info" : "warning";
}
