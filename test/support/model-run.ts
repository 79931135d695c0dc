import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { changeWorkspace } from "./change-script.ts";
import { type Finished, Sandbox } from "./command-line.ts";

/** No gate waits for a person: one command goes from the goal to the applied change. */
const unattended = `format: 1
phases:
  design: { criteria: [{ kind: tasksCompleted }] }
  review: { criteria: [{ kind: tasksCompleted }, { kind: findingsAtMost, severity: error, max: 0 }] }
`;

/** A workspace with Git, a state folder, and the variables of a command line that may use a model. */
export class ModelRun {
  readonly sandbox: Sandbox;
  readonly env: NodeJS.ProcessEnv;

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.env = { AGENT_TEAM_APPROVER_KEY_FILE: join(sandbox.folder, "approver.pem") };
  }

  static async make(
    files: Readonly<Record<string, string>> = {},
    { rules = unattended, config = "" } = {},
  ): Promise<ModelRun> {
    const run = new ModelRun(await Sandbox.make({ ...changeWorkspace, ...files }));
    await mkdir(run.sandbox.home, { recursive: true, mode: 0o700 });
    if (rules !== "") await writeFile(join(run.sandbox.home, "rules.yaml"), rules);
    if (config !== "") await writeFile(join(run.sandbox.home, "config.yaml"), config);
    return run;
  }

  /** Makes what is there the first commit. */
  commit(): void {
    const git = (...args: string[]): unknown =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
        cwd: this.sandbox.workspace,
        stdio: "pipe",
      });
    git("init", "-q");
    git("add", "-A");
    git("commit", "-q", "-m", "first");
  }

  /** `agent-team run` with the answers of a script, or of the endpoint at `url`. */
  async start(
    model: { readonly script: string } | { readonly url: string; readonly key?: string },
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<Finished> {
    const asked = ["run", "Add a farewell", "--trust", ...args];
    if ("url" in model) {
      const endpoint = { ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: model.key ?? "test-key" };
      return await this.sandbox.run([...asked, "--provider", "anthropic"], {
        ...this.env,
        ...endpoint,
        ...env,
      });
    }
    const file = join(this.sandbox.folder, "script.json");
    await writeFile(file, model.script);
    return await this.sandbox.run([...asked, "--provider", "scripted", "--script", file], {
      ...this.env,
      ...env,
    });
  }

  /** A search path on which there is everything but a sandbox. */
  async pathWithoutSandbox(): Promise<string> {
    const folder = join(this.sandbox.folder, "programs");
    await mkdir(folder);
    const needed = ["bash", "cat", "curl", "env", "git", "npm", "python3", "rm", "sh", "touch"];
    const found = needed.flatMap((name) => programOnPath(name).map((path) => [name, path] as const));
    for (const [name, path] of [...found, ["node", process.execPath] as const]) {
      await symlink(path, join(folder, name));
    }
    return folder;
  }

  /** What lies in the workspace, by path: contents, and where links lead. Not the objects of Git. */
  async contents(folder = this.sandbox.workspace, prefix = ""): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) Object.assign(found, await this.contents(path, `${name}/`));
      else if (entry.isSymbolicLink()) found[name] = `-> ${await readlink(path)}`;
      else found[name] = await readFile(path, "latin1");
    }
    return found;
  }

  async dispose(): Promise<void> {
    await this.sandbox.dispose();
  }
}

function programOnPath(name: string): string[] {
  const places = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  return places.filter(isProgram).slice(0, 1);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not here.
    return false;
  }
}
