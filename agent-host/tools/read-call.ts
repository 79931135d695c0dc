import type { PreparedCall, ToolContext, ToolOutput } from "./tool.ts";
import { fault } from "./tool-output.ts";
import { locate, type TreePlace } from "./tree-path.ts";
import { orFault } from "./walk-tree.ts";

export interface ReadCall {
  /** As the model gave it. */
  readonly path: string;
  facts(place: TreePlace): readonly string[];
  perform(place: TreePlace, signal: AbortSignal): Promise<ToolOutput>;
}

/** A call that only looks at one place of the task's tree, or what is below it. */
export async function readCall(
  context: ToolContext,
  { path, facts, perform }: ReadCall,
): Promise<PreparedCall | ToolOutput> {
  const located = await locate(context.folder, path);
  if (located.kind === "refused") return fault(located.reason);
  const { place } = located;
  return {
    access: { kind: "read", paths: [place.path] },
    hasEffect: false,
    facts: facts(place),
    check: { kind: "none" },
    perform: (signal) => orFault(place, () => perform(place, signal)),
    recovered: () => fault(`${place.path} was not looked at; make the call again`),
  };
}
