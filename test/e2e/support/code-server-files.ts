import { rm } from "node:fs/promises";
import { join } from "node:path";
import { cachedPackage, npm } from "./npm-package.ts";

const codeServer = {
  name: "code-server",
  version: "4.139.1",
  integrity:
    "sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==",
};

/** The folder of VS Code's own server and workbench, as code-server carries them. */
export async function prepareCodeServer(): Promise<string> {
  const folder = await cachedPackage(codeServer, async (work) => {
    // Its own postinstall would compile native modules that the server does not need.
    const flags = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
    await npm(["install", ...flags], join(work, "lib", "vscode"));
    await npm(["install", ...flags], join(work, "lib", "vscode", "extensions"));
    await rm(join(work, "src"), { recursive: true, force: true });
  });
  return join(folder, "lib", "vscode");
}
