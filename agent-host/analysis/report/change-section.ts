import { codeSpan, markdownText } from "./escape.ts";
import { plural, type ReportChange } from "./report-input.ts";

const maxFiles = 200;

/** What a run changed, and on what grounds it was let through. Markdown blocks; none for a run that changes nothing. */
export function changeBlocks(change: ReportChange | null | undefined): string[] {
  if (change === null || change === undefined) return [];
  return [
    "## Change",
    summaryOf(change),
    ...(change.assurance === "unsandboxed"
      ? [
          "> **assurance: unsandboxed.** Nothing on this machine keeps commands from the state folder, the socket and the keys.",
        ]
      : []),
    ...filesOf(change),
    "## Gates",
    table(
      ["Phase", "Decision", "Decided by", "Tree"],
      change.gates.map(({ phase, decision, by, treeHash }) => [
        markdownText(phase),
        markdownText(decision),
        by === null ? "the program" : `key ${codeSpan(by)}`,
        treeHash === null ? "" : codeSpan(treeHash.slice(0, 12)),
      ]),
    ),
  ];
}

function summaryOf({ files, isApplied, usage }: ReportChange): string {
  const what = files.length === 0 ? "No file was changed." : `${plural(files.length, "file")} changed`;
  const state = files.length === 0 ? "" : isApplied ? ", applied to the workspace." : ", not applied.";
  const tokens = usage.inputTokens + usage.outputTokens;
  const cost = usage.costUsd === null ? "no price is known" : `${usage.costUsd.toFixed(4)} USD`;
  return `${what}${state} The models used ${plural(tokens, "token")}; ${cost}.`;
}

function filesOf({ files }: ReportChange): string[] {
  if (files.length === 0) return [];
  const rows = files.slice(0, maxFiles).map(({ path, status, added, removed }) => {
    const lines = added === null ? "binary" : `+${added} −${removed ?? 0}`;
    return [codeSpan(path), status, lines];
  });
  const left = files.length - rows.length;
  return [
    table(["File", "", "Lines"], rows),
    ...(left > 0 ? [`${plural(left, "more file")} not shown.`] : []),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
