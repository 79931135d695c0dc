import * as ts from "typescript-parser";

/** Plain `.js` may hold JSX; in `.ts` it would make casts and generics ambiguous. */
export function scriptKind(path: string): ts.ScriptKind {
  if (/\.[mc]?ts$/.test(path)) return ts.ScriptKind.TS;
  return path.endsWith(".tsx") ? ts.ScriptKind.TSX : ts.ScriptKind.JSX;
}
