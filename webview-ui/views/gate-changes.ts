import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import { fill } from "../../agent-host/protocol/display.ts";
import type { GateReview, ReviewMarks } from "../../agent-host/protocol/review-view.ts";
import type { ReviewWords } from "../../agent-host/protocol/review-words.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import { type Child, type Description, element } from "../dom.ts";
import { button, icon, iconButton } from "../icons.ts";
import { countsOf, type FileGroup, groupsOf, isTest, reviewedOf, totalsOf } from "../review-model.ts";
import type { ReviewContext } from "./review-page.ts";

/** Files shown of a group; protected ones are all shown. */
const maxShown = 200;

/** The changed files, those that deserve most care first, then what changed in them where that is at hand. */
export function gateChanges(context: ReviewContext, gate: GateReview): Description | null {
  const { words } = context.language;
  const { files, subject, diff } = gate;
  // A gate that looks at no tree has no changes to judge.
  if (subject.treeHash === null && (files === null || files.length === 0)) return null;
  return element(
    "section",
    { key: "changes", attributes: { "data-part": "changes", "aria-labelledby": "changes" } },
    title(context, files),
    files === null ? element("p.muted", { key: "missing" }, words.changesMissing) : null,
    files?.length === 0 ? element("p.muted", { key: "none" }, words.noChanges) : null,
    groupsOf(files ?? [], subject.protectedFiles).map((group) => groupList(context, group)),
    diff === "" ? null : diffBlock(diff, words),
  );
}

function title({ state, language, send }: ReviewContext, files: GateReview["files"]): Description {
  const { words } = language;
  const parts: Child[] = [words.changesTitle];
  if (files === null || files.length === 0) return element("h2", { attributes: { id: "changes" } }, ...parts);
  const count = files.length === 1 ? words.oneFile : fill(words.manyFiles, files.length);
  parts.push(element("span.muted", { key: "count" }, count), ...counts(totalsOf(files), words));
  const reviewed = reviewedText(state.marks, files.length, words);
  return element(
    "div.changes-title",
    { key: "title" },
    element("h2", { attributes: { id: "changes" } }, ...parts),
    reviewed === "" ? null : element("span.muted", { key: "reviewed" }, reviewed),
    button(words.openChanges, () => send({ kind: "openChanges", path: null }), {
      icon: "diff-multiple",
      key: "open",
    }),
  );
}

function reviewedText(marks: ReviewMarks | null, files: number, words: ReviewWords): string {
  if (marks === null) return "";
  const { reviewed, total, counted } = reviewedOf(marks);
  const text = fill(words.reviewedOf, reviewed, total);
  return counted === files ? text : `${text} ${fill(words.countedIn, counted, files)}`;
}

function groupList(context: ReviewContext, { kind, files }: FileGroup): Description {
  const { words } = context.language;
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
      shown.map((file) => fileLine(context, file)),
      files.length > shown.length
        ? element("li.muted", { key: " more" }, fill(words.moreFiles, files.length - shown.length))
        : null,
    ),
  );
}

function fileLine(context: ReviewContext, file: ChangedFile): Description {
  const { language, send } = context;
  const { words } = language;
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
    button(path.slice(cut + 1), () => send({ kind: "openChanges", path: file.path }), {
      look: "link",
      key: "name",
      name: fill(words.openFileDiff, path),
    }),
    element("span.folder.muted", {}, cut < 0 ? "" : path.slice(0, cut)),
    file.status === "deleted" && isTest(file.path)
      ? element("span.tag", { key: "tag" }, words.deletedTest)
      : null,
    element("span.reviewed.muted", { key: "reviewed" }, fileMarks(context, file)),
    element("span.counts", { key: "counts" }, counts(file, words)),
    discardButton(context, file, path),
  );
}

function fileMarks({ state, language }: ReviewContext, { path }: ChangedFile): Child[] {
  const marks = state.marks?.files[path];
  if (marks === undefined) return [];
  const text = fill(language.words.hunksReviewed, marks.reviewed, marks.total);
  return marks.reviewed === marks.total && marks.total > 0 ? [icon("check"), text] : [text];
}

function discardButton({ state, language, send }: ReviewContext, file: ChangedFile, path: string): Child {
  const { review, stage, marks } = state;
  if (review === null || stage.kind !== "open" || marks?.isOpen !== true) return "";
  return iconButton("discard", fill(language.words.discardFile, path), () =>
    send({ kind: "discardFile", digest: review.digest, path: file.path }),
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
