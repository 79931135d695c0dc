import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { cachedPackage } from "./npm-package.ts";

const execFileAsync = promisify(execFile);
const decompress = promisify(brotliDecompress);

const chromium = {
  name: "@sparticuz/chromium",
  version: "153.0.0",
  integrity:
    "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
};

export interface ChromiumFiles {
  executablePath: string;
  /** What the browser needs in its environment where the machine lacks libraries or fonts. */
  env: Record<string, string>;
}

/**
 * A Chromium that starts on this machine: the distribution's own, else a headless one from npm (Linux x64).
 * `AGENT_TEAM_E2E_BROWSER=npm` takes the one from npm in any case.
 */
export async function prepareChromium(): Promise<ChromiumFiles> {
  const isOwnAllowed = process.env.AGENT_TEAM_E2E_BROWSER !== "npm";
  for (const executablePath of ["/usr/bin/chromium", "/usr/bin/chromium-browser"]) {
    if (isOwnAllowed && existsSync(executablePath)) return { executablePath, env: {} };
  }
  const folder = await cachedPackage(chromium, makeReady);
  const executablePath = join(folder, "chromium");
  const fonts: Record<string, string> = existsSync("/etc/fonts/fonts.conf")
    ? {}
    : { FONTCONFIG_PATH: folder };
  if (await starts(executablePath, fonts)) return { executablePath, env: fonts };
  const env = { ...fonts, LD_LIBRARY_PATH: join(folder, "lib") };
  if (await starts(executablePath, env)) return { executablePath, env };
  throw new Error(`${executablePath} does not start on this machine`);
}

async function makeReady(folder: string): Promise<void> {
  const bin = join(folder, "bin");
  await writeFile(join(folder, "chromium"), await decompress(await readFile(join(bin, "chromium.br"))));
  await chmod(join(folder, "chromium"), 0o755);
  for (const name of ["swiftshader", "fonts", "al2023"]) {
    const archive = join(folder, `${name}.tar`);
    await writeFile(archive, await decompress(await readFile(join(bin, `${name}.tar.br`))));
    await execFileAsync("tar", ["-xf", archive, "-C", folder]);
    await rm(archive);
  }
  await rm(bin, { recursive: true });
  await mkdir(join(folder, "font-cache"));
  await writeFile(
    join(folder, "fonts.conf"),
    '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>' +
      '<dir prefix="relative">fonts</dir><cachedir prefix="relative">font-cache</cachedir></fontconfig>\n',
  );
}

async function starts(executablePath: string, env: Record<string, string>): Promise<boolean> {
  const options = { env: { ...process.env, ...env }, timeout: 20_000 };
  return execFileAsync(executablePath, ["--version"], options).then(
    () => true,
    () => false,
  );
}
