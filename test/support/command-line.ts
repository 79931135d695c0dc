import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Entry } from "../../agent-host/protocol/journal.ts";

// In CI what ships: `npm test` has built it just before. Else the sources, which need no build.
const program = process.env.CI === undefined ? "../../agent-host/main.ts" : "../../dist/host/main.js";
const main = fileURLToPath(new URL(program, import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A workspace and a state folder of its own, for tests that start the real program. */
export class Sandbox {
  readonly folder: string;
  readonly workspace: string;
  readonly home: string;
  private readonly children = new Set<ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    this.workspace = join(folder, "workspace");
    this.home = join(folder, "home");
  }

  static async make(files: Readonly<Record<string, string>>): Promise<Sandbox> {
    const sandbox = new Sandbox(await realpath(await mkdtemp(join(tmpdir(), "agent-team-test-"))));
    await mkdir(sandbox.workspace);
    for (const [name, text] of Object.entries(files)) await sandbox.write(name, text);
    return sandbox;
  }

  async write(name: string, text: string): Promise<void> {
    const path = join(this.workspace, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** Starts the command line; its sockets lie in the sandbox too. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: this.workspace,
      env: {
        ...process.env,
        AGENT_TEAM_HOME: this.home,
        XDG_RUNTIME_DIR: this.folder,
        NO_COLOR: "1",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.children.add(child);
    child.once("exit", () => this.children.delete(child));
    return new RunningCommand(child);
  }

  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    return await this.start(args, env).finished;
  }

  async dispose(): Promise<void> {
    for (const child of this.children) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A command that runs, and what it has printed so far. */
export class RunningCommand {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  private stdout = "";
  private stderr = "";
  private readonly watchers = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      for (const watch of this.watchers) watch();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      for (const watch of this.watchers) watch();
    });
    this.finished = once(child, "close").then(([code]) => {
      for (const watch of this.watchers) watch();
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Resolves once the output matches; rejects when the command ends without. */
  async printed(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const watch = (): void => {
        if (pattern.test(this.stdout) || pattern.test(this.stderr)) {
          this.watchers.delete(watch);
          resolve();
        }
      };
      this.watchers.add(watch);
      watch();
      this.finished.then((end) => {
        watch();
        reject(new Error(`ended with ${end.code} before ${pattern}: ${end.stdout}${end.stderr}`));
      }, reject);
    });
  }
}

/** The journal entries a command printed with `--json`. */
export function entriesOf(stdout: string): Entry[] {
  return stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
}

/** A workspace small enough to be read at a glance, with a few true findings. */
export const smallWorkspace: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ name: "small", version: "1.0.0", main: "src/main.js", dependencies: {} }),
  "README.md": "# Small\n\nA small program. See [the guide](docs/guide.md).\n",
  "src/main.js": 'import { a } from "./a.js";\nimport { gone } from "./gone.js";\nconsole.log(a, gone);\n',
  "src/a.js": 'import { b } from "./b.js";\nexport const a = () => b();\n',
  "src/b.js": 'import { a } from "./a.js";\nexport const b = () => a();\n',
};

/** Many modules, so that an analysis takes long enough to be cancelled or killed. */
export function largeWorkspace(modules: number): Readonly<Record<string, string>> {
  const files: Record<string, string> = {
    "package.json": JSON.stringify({ name: "large", main: "src/m0.ts" }),
  };
  for (let index = 0; index < modules; index += 1) {
    const next = index + 1 < modules ? `import { f${index + 1} } from "./m${index + 1}.ts";\n` : "";
    const body = Array.from(
      { length: 40 },
      (_, line) => `  if (n > ${line}) total += n * ${line + index};`,
    ).join("\n");
    const call = next === "" ? "0" : `f${index + 1}(n - 1)`;
    files[`src/m${index}.ts`] =
      `${next}export function f${index}(n: number): number {\n  let total = 0;\n${body}\n  return total + ${call};\n}\n`;
  }
  return files;
}
