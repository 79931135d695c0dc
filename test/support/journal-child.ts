import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const writer = new URL("./journal-writer.ts", import.meta.url).pathname;

/** What a writer has said before it ended. */
export interface WriterResult {
  /** Name of each acknowledged entry, by seq. */
  readonly acknowledged: ReadonlyMap<number, string>;
  readonly refused: readonly string[];
  /** The journal's state at the end, if the writer came that far. */
  readonly state: { readonly kind?: string; readonly reason?: string };
  /** False for a writer that was killed on its way. */
  readonly closed: boolean;
  readonly errors: string;
}

/** Runs a writer to its end. `onLine` sees each line and may kill the child. */
export async function runWriter(
  options: {
    directory: string;
    writers: number;
    entries: number;
    /** What the writer is started under, for example strace. */
    prefix?: readonly string[];
    env?: NodeJS.ProcessEnv;
  },
  onLine: (line: string, child: ChildProcess) => void = () => undefined,
): Promise<WriterResult> {
  const { directory, writers, entries, prefix = [], env = {} } = options;
  const [program = "", ...args] = [
    ...prefix,
    process.execPath,
    writer,
    directory,
    `${writers}`,
    `${entries}`,
  ];
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const acknowledged = new Map<number, string>();
  const refused: string[] = [];
  let state = {};
  let closed = false;
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-4_000);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, first = "", second = ""] = line.split(" ");
    if (word === "ack") acknowledged.set(Number(first), second);
    else if (word === "refused") refused.push(first);
    else if (word === "closed") closed = true;
    else if (word === "state") state = JSON.parse(line.slice("state ".length)) as object;
    onLine(line, child);
  }
  await ended;
  return { acknowledged, refused, state, closed, errors };
}
