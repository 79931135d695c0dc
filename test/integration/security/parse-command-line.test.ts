import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../agent-host/security/access/parse-command-line.ts";

const shells = ["sh", "bash"].filter(isThere);

describe.each(shells)("against a real %s", (shell) => {
  it("a line that is called simple is split in the same way", () => {
    const piece = fc.constantFrom(
      ..."a|b|c d|'|\"|\\| |\t|$|$x|`|;|&|>|*|?|[|]|{|}|{a,b}|~|#|!|=|x=|-|--|ä|\\\\|\\'|~1|a#|^|%|@|+|,|.|/|:|(|)|<".split(
        "|",
      ),
      "|",
    );
    const line = fc.array(piece, { maxLength: 12 }).map((pieces) => `printf ${pieces.join("")}`);
    const lines = fc.sample(line, { numRuns: 6_000, seed: 7 });
    const simple = lines.filter((text) => parseCommandLine(text).simple);
    expect(simple.length).toBeGreaterThan(300);
    for (const batch of batches(simple, 100)) {
      expect(splitBy(shell, batch)).toEqual(batch.map((text) => parseCommandLine(text).argv));
    }
  });
});

/** What the shell makes of each line: `printf` is taken by a function that prints its arguments. */
function splitBy(shell: string, lines: readonly string[]): string[][] {
  const script = `printf() { for each in printf "$@"; do command printf '%s\\0' "$each"; done; command printf '\\1\\0'; }\n${lines.join("\n")}\n`;
  const output = execFileSync(shell, ["-c", script], { encoding: "utf8", cwd: "/" });
  return output
    .split("\u0001\0")
    .slice(0, -1)
    .map((each) => each.split("\0").slice(0, -1));
}

function batches<T>(all: readonly T[], size: number): T[][] {
  const count = Math.ceil(all.length / size);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}

function isThere(shell: string): boolean {
  try {
    execFileSync(shell, ["-c", "true"]);
    return true;
  } catch {
    return false;
  }
}
