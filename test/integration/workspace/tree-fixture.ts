import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createRunTrees, type RunTreesOptions } from "../../../agent-host/workspace/create-run-trees.ts";
import type { RunTrees } from "../../../agent-host/workspace/run-trees.ts";

export const never = new AbortController().signal;

/** A workspace and a run's folder of their own, with git itself to prepare and to check. */
export class TreeFixture {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), "agent-team-trees-")));
  readonly root = join(this.base, "workspace");
  readonly folder = join(this.base, "run", "tree");
  readonly home = join(this.base, "home");

  constructor() {
    for (const path of [this.root, this.home]) mkdirSync(path, { recursive: true });
  }

  trees(options: Partial<RunTreesOptions> = {}): RunTrees {
    const searchPath = process.env.PATH ?? "";
    return createRunTrees({ root: this.root, folder: this.folder, searchPath, ...options });
  }

  /** Runs git in the workspace as a person would. */
  git(...args: string[]): string {
    return this.gitIn(this.root, ...args);
  }

  gitIn(folder: string, ...args: string[]): string {
    return execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: this.home,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_CONFIG_NOSYSTEM: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    }).toString("utf8");
  }

  write(files: Readonly<Record<string, string | Buffer>>, folder: string = this.root): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  dispose(): void {
    execFileSync("chmod", ["-R", "u+rwX", this.base]);
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** Every file, link and folder below `folder` by name (Latin-1), with mode and bytes; those that `skip` names not. */
export function contentOf(folder: string, skip: readonly string[] = []): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string): void => {
    for (const name of readdirSync(bytes(path), { encoding: "latin1" })) {
      const below = `${path}/${name}`;
      const key = below.slice(folder.length + 1);
      if (skip.includes(key)) continue;
      const status = lstatSync(bytes(below));
      if (status.isDirectory()) visit(below);
      else if (status.isSymbolicLink()) found[key] = `link ${readlinkSync(bytes(below), "latin1")}`;
      else if (status.isFile())
        found[key] = `${(status.mode & 0o100) === 0 ? "-" : "x"} ${readFileSync(bytes(below), "latin1")}`;
      else found[key] = "special";
    }
  };
  visit(folder);
  return found;
}

/** Everything below `root`, folders too: kind, all permission bits, and bytes. */
export function everythingIn(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (folder: string): void => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const status = lstatSync(path);
      const key = path.slice(root.length + 1);
      const bits = (status.mode & 0o7777).toString(8);
      if (status.isSymbolicLink()) found[key] = `link ${readlinkSync(path)}`;
      else if (status.isFile()) found[key] = `file ${bits} ${readFileSync(path, "latin1")}`;
      else {
        found[key] = `folder ${bits}`;
        visit(path);
      }
    }
  };
  visit(root);
  return found;
}

function bytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}
