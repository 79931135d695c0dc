import type { CliContext } from "./cli-context.ts";

export async function analyzeCommand(
  _options: { directory: string; format: string; quiet: boolean; failOn?: "error" | "warning" },
  _context: CliContext,
): Promise<number> {
  return 0;
}
