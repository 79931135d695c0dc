import { createHash } from "node:crypto";
import type { CountBody } from "./request-schema.ts";

export interface CacheUse {
  readonly total: number;
  readonly read: number;
  readonly written: number;
}

/** How many blocks before a mark a cached beginning is looked for. */
const lookBack = 20;
const maxEntries = 100_000;

/**
 * The prompt cache as the API describes it: tools, system and messages are one row of blocks; what stands before a mark
 * is written, and read by a later request that begins with the same bytes. Tokens are counted as bytes of JSON by four.
 */
export class PromptCache {
  private readonly known = new Set<string>();

  use(body: CountBody): CacheUse {
    const blocks = rowOf(body);
    const total = blocks.at(-1)?.end ?? 0;
    const marks = blocks.flatMap(({ isMarked }, at) => (isMarked ? [at] : []));
    const hits = marks.flatMap((mark) => this.hitBefore(mark, blocks));
    const read = Math.max(0, ...hits);
    const written = Math.max(0, (blocks[marks.at(-1) ?? -1]?.end ?? 0) - read);
    for (const mark of marks) this.remember(blocks[mark]?.hash ?? "");
    return { total, read, written };
  }

  private hitBefore(mark: number, blocks: readonly Block[]): number[] {
    for (let at = mark; at >= Math.max(0, mark - lookBack); at -= 1) {
      const block = blocks[at];
      if (block !== undefined && this.known.has(block.hash)) return [block.end];
    }
    return [];
  }

  private remember(hash: string): void {
    if (this.known.size >= maxEntries) this.known.clear();
    this.known.add(hash);
  }
}

interface Block {
  /** Of everything up to and with this block. */
  readonly hash: string;
  /** Tokens up to and with this block. */
  readonly end: number;
  readonly isMarked: boolean;
}

function rowOf({ model, tools = [], system = [], messages, thinking }: CountBody): Block[] {
  const parts: [string, object][] = [
    ...tools.map((tool): [string, object] => ["tool", tool]),
    ...asBlocks(system).map((block): [string, object] => ["system", block]),
    ...messages.flatMap(({ role, content }) =>
      asBlocks(content).map((block): [string, object] => [role, block]),
    ),
  ];
  let hash = `${model} ${JSON.stringify(thinking ?? null)}`;
  let bytes = 0;
  return parts.map(([place, part]) => {
    const { cache_control, ...rest } = part as { cache_control?: unknown };
    const json = JSON.stringify(rest);
    hash = createHash("sha256").update(`${hash}\n${place}\n${json}`).digest("hex");
    bytes += Buffer.byteLength(json);
    return { hash, end: Math.ceil(bytes / 4), isMarked: cache_control != null };
  });
}

function asBlocks(content: string | readonly object[]): readonly object[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}
