import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import { fill } from "../../agent-host/protocol/display.ts";
import type { GateReview } from "../../agent-host/protocol/review-view.ts";
import type { ReviewWords } from "../../agent-host/protocol/review-words.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import { type Child, type Description, element } from "../dom.ts";
import { icon } from "../icons.ts";
import { countsOf, type FileGroup, groupsOf, isTest, totalsOf } from "../review-model.ts";
import type { ReviewContext } from "./review-page.ts";

/** Files shown of a group; protected ones are all shown. */
const maxShown = 200;

/** The changed files, those that deserve most care first, then what changed in them where that is at hand. */
export function gateChanges({ language }: ReviewContext, gate: GateReview): Description | null {
  const { words } = language;
  const { files, subject, diff } = gate;
  // A gate that looks at no tree has no changes to judge.
  if (subject.treeHash === null && (files === null || files.length === 0)) return null;
  return element(
    "section",
    { key: "changes", attributes: { "data-part": "changes", "aria-labelledby": "changes" } },
    title(files, words),
    files === null ? element("p.muted", { key: "missing" }, words.changesMissing) : null,
    files?.length === 0 ? element("p.muted", { key: "none" }, words.noChanges) : null,
    groupsOf(files ?? [], subject.protectedFiles).map((group) => groupList(group, words)),
    diff === "" ? null : diffBlock(diff, words),
  );
}

function title(files: GateReview["files"], words: ReviewWords): Description {
  const parts: Child[] = [words.changesTitle];
  if (files !== null && files.length > 0) {
    const count = files.length === 1 ? words.oneFile : fill(words.manyFiles, files.length);
    parts.push(element("span.muted", { key: "count" }, count), ...counts(totalsOf(files), words));
  }
  return element("h2", { attributes: { id: "changes" } }, ...parts);
}

function groupList({ kind, files }: FileGroup, words: ReviewWords): Description {
  const heads = {
    protected: { name: words.protectedGroup, icon: "lock" },
    tests: { name: words.testsGroup, icon: "beaker" },
    source: { name: words.sourceGroup, icon: "file" },
  };
  const shown = kind === "protected" ? files : files.slice(0, maxShown);
  return element(
    `div.group.${kind}`,
    { key: kind },
    element("h3", {}, icon(heads[kind].icon), heads[kind].name),
    element(
      "ul",
      {},
      shown.map((file) => fileLine(file, words)),
      files.length > shown.length
        ? element("li.muted", { key: " more" }, fill(words.moreFiles, files.length - shown.length))
        : null,
    ),
  );
}

function fileLine(file: ChangedFile, words: ReviewWords): Description {
  const path = visible(file.path);
  const cut = path.lastIndexOf("/");
  const letters = { added: "A", modified: "M", deleted: "D" };
  return element(
    "li.file",
    { key: file.path, attributes: { title: path } },
    element(
      `span.letter.${file.status}`,
      { attributes: { title: words[file.status] } },
      element("span", { attributes: { "aria-hidden": "true" } }, letters[file.status]),
      element("span.hidden", {}, words[file.status]),
    ),
    element("span.name", {}, path.slice(cut + 1)),
    element("span.folder.muted", {}, cut < 0 ? "" : path.slice(0, cut)),
    file.status === "deleted" && isTest(file.path)
      ? element("span.tag", { key: "tag" }, words.deletedTest)
      : null,
    element("span.counts", { key: "counts" }, counts(file, words)),
  );
}

function counts(file: ChangedFile, words: ReviewWords): Description[] {
  const { plus, minus } = countsOf(file);
  if (file.added === null && file.removed === null) {
    return [element("span.muted", { key: "binary" }, words.binary)];
  }
  return [element("span.plus", { key: "plus" }, plus), element("span.minus", { key: "minus" }, minus)];
}

function diffBlock(diff: string, words: ReviewWords): Description {
  const lines = diff
    .split("\n")
    .map((line) => element(`span.diff-line${kindOf(line)}`, {}, `${visible(line)}\n`));
  return element(
    "details",
    { key: "diff", attributes: { open: true } },
    element("summary", {}, words.diffTitle),
    element("pre.diff", { attributes: { tabindex: 0, "aria-label": words.diffTitle } }, lines),
  );
}

function kindOf(line: string): string {
  if (/^(\+\+\+|---|diff |index |new file|deleted file|similarity|rename )/.test(line)) return ".file-line";
  if (line.startsWith("+")) return ".plus-line";
  if (line.startsWith("-")) return ".minus-line";
  return line.startsWith("@@") ? ".hunk-line" : "";
}
