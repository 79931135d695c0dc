import { imageProblem } from "./image-reference.ts";
import type { ManifestFile } from "./manifest-file.ts";
import { imageRule, pipeToShellRule, remoteAddRule, rootRule } from "./manifest-rules.ts";

interface Instruction {
  readonly name: string;
  readonly rest: string;
  readonly from: number;
  readonly to: number;
}

/** Moving base images, downloads run unseen, and containers that run as root. */
export function checkDockerfile(file: ManifestFile): undefined {
  const instructions = readInstructions(file.text);
  const stages = new Set<string>();
  const variables = new Map<string, string>();
  for (const instruction of instructions) {
    if (instruction.name === "ARG") readArgument(instruction, variables);
    if (instruction.name === "FROM") checkFrom(file, instruction, { stages, variables });
    if (instruction.name === "RUN") checkRun(file, instruction);
    if (instruction.name === "ADD") checkAdd(file, instruction);
  }
  checkUser(file, instructions);
}

function readArgument(instruction: Instruction, variables: Map<string, string>): void {
  const match = /^(\w+)=["']?([^"'\s]*)/.exec(instruction.rest);
  if (match?.[1] !== undefined && match[2] !== undefined) variables.set(match[1], match[2]);
}

function checkFrom(
  file: ManifestFile,
  instruction: Instruction,
  known: { stages: Set<string>; variables: ReadonlyMap<string, string> },
): void {
  const words = instruction.rest.split(/\s+/).filter((word) => !word.startsWith("--"));
  const [written = ""] = words;
  const image = written.replaceAll(
    /\$\{?(\w+)(?::-([^}]*))?\}?/g,
    (whole, name: string, fallback?: string) => {
      return known.variables.get(name) ?? fallback ?? whole;
    },
  );
  const isStage = known.stages.has(image.toLowerCase());
  const alias = words[1]?.toLowerCase() === "as" ? words[2] : undefined;
  if (alias !== undefined) known.stages.add(alias.toLowerCase());
  if (isStage || image === "scratch") return;
  const problem = imageProblem(image);
  if (problem === undefined) return;
  const severity = file.isAside ? "info" : "warning";
  file.report(imageRule, {
    from: instruction.from,
    to: instruction.to,
    message: `Base image ${image.slice(0, 100)} ${problem}`,
    severity,
  });
}

const pipeToShell =
  /\b(?:curl|wget)\b[^|;&]{0,500}\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:(?:ba|z|da|k)?sh|python3?)\b/;

function checkRun(file: ManifestFile, instruction: Instruction): void {
  if (!pipeToShell.test(instruction.rest)) return;
  file.report(pipeToShellRule, {
    from: instruction.from,
    to: instruction.to,
    message: "A downloaded script runs at once",
  });
}

function checkAdd(file: ManifestFile, instruction: Instruction): void {
  const address = /(?:^|\s)(https?:\/\/\S+)/.exec(instruction.rest)?.[1];
  if (address === undefined || /--checksum=/.test(instruction.rest) || /\.git(?:#|$)/.test(address)) return;
  const plain = address.startsWith("http:");
  file.report(remoteAddRule, {
    from: instruction.from,
    to: instruction.to,
    message: `ADD fetches ${plain ? "over plain http" : "from the network"} without a checksum`,
    severity: plain ? "error" : "warning",
  });
}

/** Only for an image that starts something: bases and builders are meant to be root. */
function checkUser(file: ManifestFile, instructions: readonly Instruction[]): void {
  const lastFrom = instructions.findLastIndex((instruction) => instruction.name === "FROM");
  const stage = instructions.slice(lastFrom + 1);
  const command = stage.findLast(
    (instruction) => instruction.name === "CMD" || instruction.name === "ENTRYPOINT",
  );
  const base = instructions[lastFrom]?.rest ?? "";
  if (lastFrom === -1 || command === undefined || file.isAside) return;
  const user = stage.findLast((instruction) => instruction.name === "USER")?.rest;
  // nginx and databases give up root by themselves; so do images that say so in their name.
  if (/nonroot|rootless|unprivileged|nginx|postgres|mysql|redis|mariadb|mongo/.test(base)) return;
  if (user !== undefined && !/^(?:root|0)(?::|$)/.test(user)) return;
  if (/\b(?:gosu|su-exec|setpriv)\b/.test(file.text)) return;
  file.report(rootRule, {
    from: command.from,
    to: command.to,
    message: "The command runs as root",
    identity: "root",
  });
}

function readInstructions(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  const lines = text.split("\n");
  let at = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const first = lines[index] ?? "";
    const from = at;
    at += first.length + 1;
    const match = /^\s*([A-Za-z]+)\s+(.*)$/.exec(first.trimEnd());
    if (match === null || first.trimStart().startsWith("#")) continue;
    const parts = [match[2] ?? ""];
    const heredoc = /<<-?["']?(\w+)["']?/.exec(match[2] ?? "")?.[1];
    let to = at - 1;
    while (index + 1 < lines.length && (heredoc !== undefined || parts.at(-1)?.endsWith("\\"))) {
      const next = lines[index + 1] ?? "";
      index += 1;
      at += next.length + 1;
      to = at - 1;
      if (heredoc !== undefined && next.trim() === heredoc) break;
      if (!/^\s*#/.test(next)) parts.push(heredoc === undefined ? next.trim() : next);
    }
    const rest = heredoc === undefined ? parts.join(" ").replaceAll("\\ ", " ") : parts.join("\n");
    const lead = first.length - first.trimStart().length;
    instructions.push({ name: (match[1] ?? "").toUpperCase(), rest: rest.trim(), from: from + lead, to });
  }
  return instructions;
}
