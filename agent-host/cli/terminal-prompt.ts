import { createInterface } from "node:readline";
import type { ReadStream } from "node:tty";
import { HostError } from "../core/host-error.ts";
import type { Prompt } from "./prompt.ts";

type Input = Pick<ReadStream, "on" | "off" | "resume" | "pause" | "setRawMode"> & NodeJS.ReadableStream;

/** Asks on a terminal. `interrupt` is what Ctrl+C shall do, which a terminal in raw mode gives as a character. */
export function terminalPrompt(
  input: () => Input,
  output: NodeJS.WritableStream,
  interrupt: () => void,
): Prompt {
  return {
    ask: async (question, signal) =>
      await visibleLine({ question, input: input(), output, interrupt }, signal),
    askHidden: async (question, signal) =>
      await hiddenLine({ question, input: input(), output, interrupt }, signal),
  };
}

interface Asking {
  readonly question: string;
  readonly input: Input;
  readonly output: NodeJS.WritableStream;
  readonly interrupt: () => void;
}

async function visibleLine(asking: Asking, signal: AbortSignal): Promise<string> {
  const { question, input, output, interrupt } = asking;
  signal.throwIfAborted();
  const lines = createInterface({ input, output, terminal: true, historySize: 0 });
  lines.on("SIGINT", interrupt);
  try {
    return await new Promise((resolve, reject) => {
      lines.once("close", () => reject(inputEnded()));
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      lines.question(question, resolve);
    });
  } finally {
    lines.close();
  }
}

const maxSecretLength = 1_000;

async function hiddenLine(asking: Asking, signal: AbortSignal): Promise<string> {
  const { question, input, output, interrupt } = asking;
  signal.throwIfAborted();
  // First: what is typed as soon as the question stands there must not be shown.
  input.setRawMode(true);
  output.write(question);
  input.resume();
  let onData: (chunk: Buffer | string) => void = () => undefined;
  let onEnd: () => void = () => undefined;
  try {
    return await new Promise((resolve, reject) => {
      let typed = "";
      onData = (chunk) => {
        for (const character of chunk.toString()) {
          if (character === "\r" || character === "\n") return resolve(typed);
          if (character === "\u0003") interrupt();
          else if (character === "\u0004") return reject(inputEnded());
          else if (character === "\u007f" || character === "\b") typed = [...typed].slice(0, -1).join("");
          else if (typed.length < maxSecretLength) typed += character;
        }
      };
      onEnd = () => reject(inputEnded());
      input.on("data", onData);
      input.on("end", onEnd);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  } finally {
    input.off("data", onData);
    input.off("end", onEnd);
    input.setRawMode(false);
    input.pause();
    output.write("\n");
  }
}

function inputEnded(): HostError {
  return new HostError("cli.noAnswer", "The input ended before an answer", {
    hint: "Nothing was decided. See 'agent-team gates list'",
  });
}
