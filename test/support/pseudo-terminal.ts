import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

/** Whether this machine has util-linux's `script`, which gives a program a terminal. */
export const hasPseudoTerminal: boolean =
  process.platform === "linux" && spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

/** A program at a terminal of its own, whose other end the test reads and types at. */
export class PseudoTerminal {
  readonly child: ChildProcess;
  readonly finished: Promise<number | null>;
  private text = "";
  /** What was answered already is not looked at again. */
  private seen = 0;
  private onText: () => void = () => undefined;

  constructor(argv: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    const command = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    this.child = spawn("script", ["-qec", command, "/dev/null"], {
      ...options,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.finished = once(this.child, "close").then(([code]) => {
      this.onText();
      return code as number | null;
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.text += text;
      this.onText();
    });
  }

  /** All that was shown so far. */
  get screen(): string {
    return this.text;
  }

  /** Waits until something new fits `pattern`, then types. */
  async answer(pattern: RegExp, keys: string): Promise<void> {
    await this.shows(pattern);
    this.child.stdin?.write(keys);
  }

  async shows(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.text.slice(this.seen));
        if (found !== null) {
          this.seen += found.index + found[0].length;
          resolve();
        } else if (this.child.exitCode !== null) reject(new Error(`never showed ${pattern}: ${this.text}`));
      };
      this.onText = look;
      look();
    });
  }
}
