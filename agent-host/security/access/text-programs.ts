import { reachesOutside } from "./argument-rules.ts";

/**
 * Editors of streams whose script is an argument. Their languages can write files and start programs, so only scripts
 * of a small, known form count as reading.
 */
export function isPlainSed(args: readonly string[]): boolean {
  const place = args.findIndex((argument) => !argument.startsWith("-"));
  if (args.some((argument, at) => at !== place && reachesOutside(argument))) return false;
  const options = args.filter((argument) => argument.startsWith("-"));
  if (!options.every((option) => /^-[nErsuz]+$|^--(quiet|silent|regexp-extended|separate)$/.test(option))) {
    return false;
  }
  const script = args[place];
  return script?.split(";").every((command) => sedCommand.test(command)) ?? false;
}

/** `awk` with one program that neither writes, reads other files, nor starts anything; `-F` and `-v` may stand before. */
export function isPlainAwk(args: readonly string[]): boolean {
  let at = 0;
  while (args[at]?.startsWith("-")) {
    const option = args[at] ?? "";
    if (!/^-(F.*|v\w.*|v)$/s.test(option)) return false;
    at += option === "-F" || option === "-v" ? 2 : 1;
  }
  const program = args[at];
  if (args.slice(at + 1).some(reachesOutside)) return false;
  return program !== undefined && !/[|>@`]|system|getline|close|fflush|ARGV|ARGC|ENVIRON/.test(program);
}

// An address is a line, the last line, or a pattern without a slash or backslash in it; nothing follows the command.
const address = String.raw`(?:\d+|\$|\/[^/\\;]*\/I?)`;
const second = String.raw`(?:,[ ]?(?:${address}|\+\d+))?`;
const sedCommand = new RegExp(
  String.raw`^\s*(?:${address}${second})?\s*!?(?:[pdqQ=]|s\/[^/\\\n]*\/[^/\\\n]*\/[gIip0-9]*)?\s*$`,
);
