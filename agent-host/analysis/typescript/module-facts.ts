import * as ts from "typescript-parser";
import type { Range } from "../../protocol/finding.ts";
import type { ExportFact, ImportFact } from "../file-facts.ts";
import type { Positions } from "./positions.ts";

interface ImportDraft {
  readonly specifier: string;
  readonly range: Range;
  readonly names: readonly string[];
  readonly exportedAs?: readonly string[];
  readonly reExport: boolean;
  /** Written as `import type`, or only type names inside. */
  readonly typeOnly: boolean;
  readonly deferred: boolean;
  readonly optional: boolean;
  /** Without local names it is loaded for its effects, or re-exported: never elided. */
  readonly bindsLocals: boolean;
  usedAsValue: boolean;
  readonly usedAtLoad: Set<string>;
}

interface LocalName {
  readonly imported: ImportDraft | undefined;
  /** The name in the module it comes from. */
  readonly importedName?: string;
  uses: number;
}

type TopLevelKind = "value" | "type";

interface ExportDraft {
  readonly name: string;
  readonly local: string;
  readonly range: Range;
  readonly kind: TopLevelKind;
}

/** Gathers what a module takes and gives, and how its imported names are used. */
export class ModuleFacts {
  private readonly imports: ImportDraft[] = [];
  private readonly exports: ExportDraft[] = [];
  private readonly functionNames = new Set<string>();
  private readonly locals = new Map<string, LocalName>();
  private readonly topLevel = new Map<string, TopLevelKind>();
  private readonly source: ts.SourceFile;
  private readonly positions: Positions;
  /** TypeScript drops imports whose names are only used as types. */
  private readonly elidesTypeImports: boolean;
  hasDecoratedExport = false;

  constructor(source: ts.SourceFile, positions: Positions, elidesTypeImports: boolean) {
    this.source = source;
    this.positions = positions;
    this.elidesTypeImports = elidesTypeImports;
    for (const statement of source.statements) this.noteTopLevel(statement);
    for (const statement of source.statements) this.noteExports(statement);
  }

  importFacts(): ImportFact[] {
    return this.imports.map((draft) => ({
      specifier: draft.specifier,
      range: draft.range,
      typeOnly: draft.typeOnly || (this.elidesTypeImports && draft.bindsLocals && !draft.usedAsValue),
      deferred: draft.deferred,
      optional: draft.optional,
      names: draft.names,
      reExport: draft.reExport,
      ...(draft.exportedAs === undefined ? {} : { exportedAs: draft.exportedAs }),
      ...(draft.usedAtLoad.size > 0 ? { usedAtLoad: [...draft.usedAtLoad] } : {}),
    }));
  }

  exportFacts(): ExportFact[] {
    return this.exports.map(({ name, local, range, kind }) => ({
      name,
      range,
      kind,
      usedLocally: (this.locals.get(local)?.uses ?? 0) > 0,
      ...(this.functionNames.has(local) ? { hoisted: true } : {}),
    }));
  }

  valueUse(escapedName: string, atLoad: boolean): void {
    const local = this.locals.get(escapedName);
    if (local === undefined) return;
    local.uses += 1;
    if (local.imported === undefined) return;
    local.imported.usedAsValue = true;
    if (atLoad) local.imported.usedAtLoad.add(local.importedName ?? "*");
  }

  typeUse(escapedName: string): void {
    const local = this.locals.get(escapedName);
    if (local !== undefined) local.uses += 1;
  }

  importDeclaration(node: ts.ImportDeclaration): void {
    if (!ts.isStringLiteral(node.moduleSpecifier)) return;
    const clause = node.importClause;
    const names: string[] = [];
    const locals: string[] = [];
    let values = 0;
    if (clause?.name !== undefined) {
      names.push("default");
      locals.push(clause.name.escapedText as string);
      values += 1;
    }
    const bindings = clause?.namedBindings;
    if (bindings !== undefined && ts.isNamespaceImport(bindings)) {
      names.push("*");
      locals.push(bindings.name.escapedText as string);
      values += 1;
    } else if (bindings !== undefined) {
      for (const element of bindings.elements) {
        names.push((element.propertyName ?? element.name).text);
        locals.push(element.name.escapedText as string);
        if (!element.isTypeOnly) values += 1;
      }
    }
    const draft = this.add(node.moduleSpecifier, {
      names,
      typeOnly: clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || (names.length > 0 && values === 0),
      bindsLocals: names.length > 0,
    });
    locals.forEach((local, index) => {
      this.locals.set(local, { imported: draft, importedName: names[index] ?? "*", uses: 0 });
    });
  }

  importEquals(node: ts.ImportEqualsDeclaration): void {
    if (!ts.isExternalModuleReference(node.moduleReference)) return;
    const { expression } = node.moduleReference;
    if (!ts.isStringLiteral(expression)) return;
    const draft = this.add(expression, { names: ["*"], typeOnly: node.isTypeOnly, bindsLocals: true });
    this.locals.set(node.name.escapedText as string, { imported: draft, uses: 0 });
  }

  exportDeclaration(node: ts.ExportDeclaration): void {
    const clause = node.exportClause;
    if (node.moduleSpecifier === undefined) {
      if (clause !== undefined && ts.isNamedExports(clause)) {
        for (const element of clause.elements) {
          const local = (element.propertyName ?? element.name) as ts.Identifier;
          const imported = this.locals.get(local.escapedText as string)?.imported;
          if (imported !== undefined && !node.isTypeOnly && !element.isTypeOnly) imported.usedAsValue = true;
        }
      }
      return;
    }
    if (!ts.isStringLiteral(node.moduleSpecifier)) return;
    if (clause === undefined || ts.isNamespaceExport(clause)) {
      const exportedAs = clause === undefined ? "*" : clause.name.text;
      this.add(node.moduleSpecifier, {
        names: ["*"],
        exportedAs: [exportedAs],
        reExport: true,
        typeOnly: node.isTypeOnly,
      });
      return;
    }
    const names = clause.elements.map((element) => (element.propertyName ?? element.name).text);
    this.add(node.moduleSpecifier, {
      names,
      exportedAs: clause.elements.map((element) => element.name.text),
      reExport: true,
      typeOnly:
        node.isTypeOnly || (names.length > 0 && clause.elements.every((element) => element.isTypeOnly)),
    });
  }

  /** `import("…")`, `require("…")` or the type `import("…")`. */
  loaded(
    specifier: ts.StringLiteralLike,
    how: { names: readonly string[]; deferred: boolean; optional: boolean; typeOnly: boolean },
  ): void {
    this.add(specifier, how);
  }

  private add(specifier: ts.StringLiteralLike, options: Partial<ImportDraft>): ImportDraft {
    const start = specifier.getStart(this.source);
    const draft: ImportDraft = {
      specifier: specifier.text,
      range: this.positions.range(start, specifier.end),
      names: [],
      reExport: false,
      typeOnly: false,
      deferred: false,
      optional: false,
      bindsLocals: false,
      usedAsValue: false,
      usedAtLoad: new Set(),
      ...options,
    };
    this.imports.push(draft);
    return draft;
  }

  private noteTopLevel(statement: ts.Statement): void {
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      const name = statement.name.text;
      if (!this.topLevel.has(name)) this.topLevel.set(name, "type");
    } else if (
      (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) &&
      statement.name !== undefined
    ) {
      this.topLevel.set(statement.name.text, "value");
      if (ts.isFunctionDeclaration(statement)) this.functionNames.add(statement.name.escapedText as string);
    }
  }

  private noteExports(statement: ts.Statement): void {
    if (ts.isExportDeclaration(statement)) {
      this.noteExportList(statement);
      return;
    }
    if (ts.isExportAssignment(statement)) {
      const local = ts.isIdentifier(statement.expression) ? statement.expression.text : "default";
      this.addExport(statement.isExportEquals ? "export=" : "default", local, statement, "value");
      return;
    }
    const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
    if (!modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) return;
    const isDefault = modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
    if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) this.addBinding(declaration.name);
    } else if (ts.isClassDeclaration(statement) && ts.getDecorators(statement) !== undefined) {
      this.hasDecoratedExport = true;
    } else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isModuleDeclaration(statement)
    ) {
      const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
      const local = statement.name?.text ?? "default";
      // Overloads and merged declarations are one export.
      const key = ts.escapeLeadingUnderscores(local);
      if (this.exports.some((known) => known.local === key)) return;
      this.addExport(
        isDefault ? "default" : local,
        local,
        statement.name ?? statement,
        isType ? "type" : "value",
      );
    }
  }

  private noteExportList(statement: ts.ExportDeclaration): void {
    const clause = statement.exportClause;
    if (statement.moduleSpecifier !== undefined || clause === undefined || !ts.isNamedExports(clause)) return;
    for (const element of clause.elements) {
      const local = (element.propertyName ?? element.name).text;
      const isType = statement.isTypeOnly || element.isTypeOnly || this.topLevel.get(local) === "type";
      this.addExport(element.name.text, local, element.name, isType ? "type" : "value");
    }
  }

  private addBinding(name: ts.BindingName): void {
    if (ts.isIdentifier(name)) {
      this.addExport(name.text, name.text, name, "value");
      return;
    }
    for (const element of name.elements) {
      if (ts.isBindingElement(element)) this.addBinding(element.name);
    }
  }

  private addExport(name: string, local: string, node: ts.Node, kind: TopLevelKind): void {
    const start = node.getStart(this.source);
    const end = Math.min(node.end, start + 200);
    const key = ts.escapeLeadingUnderscores(local) as string;
    this.exports.push({ name, local: key, range: this.positions.range(start, end), kind });
    if (!this.locals.has(key)) this.locals.set(key, { imported: undefined, uses: 0 });
  }
}
