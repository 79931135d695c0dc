import type { Node } from "yaml";
import type { Severity } from "../../protocol/finding.ts";
import type { ManifestFile } from "./manifest-file.ts";
import {
  actionBranchRule,
  actionTagRule,
  checkoutRule,
  injectionRule,
  pipeToShellRule,
} from "./manifest-rules.ts";
import { get, items, pairs, parseYaml, spanOf, stringOf } from "./yaml-tree.ts";

/** GitHub workflows and composite actions: what strangers' text and others' code can do in them. */
export function checkWorkflow(file: ManifestFile): string | undefined {
  const { root, problem } = parseYaml(file.text);
  const triggers = triggersOf(get(root, "on"));
  const byTag: { node: Node; uses: string }[] = [];
  for (const { value: job } of pairs(get(root, "jobs"))) {
    checkUses(file, get(job, "uses"), byTag);
    for (const step of items(get(job, "steps"))) checkStep(file, { step, job, triggers, byTag });
  }
  for (const step of items(get(get(root, "runs"), "steps")))
    checkStep(file, { step, job: null, triggers, byTag });
  reportTags(file, byTag);
  return problem;
}

interface StepContext {
  readonly step: Node;
  readonly job: Node | null;
  readonly triggers: ReadonlySet<string>;
  readonly byTag: { node: Node; uses: string }[];
}

function triggersOf(on: Node | null): Set<string> {
  const single = stringOf(on);
  if (single !== undefined) return new Set([single]);
  const list = items(on).flatMap((item) => stringOf(item) ?? []);
  return new Set([...list, ...pairs(on).map((pair) => pair.key)]);
}

function checkStep(file: ManifestFile, context: StepContext): void {
  const { step } = context;
  const uses = get(step, "uses");
  checkUses(file, uses, context.byTag);
  checkCheckout(file, context);
  const run = get(step, "run");
  if (run !== null) {
    checkInjection(file, run, context.triggers);
    checkDownload(file, run);
  }
  const script = get(get(step, "with"), "script");
  if (script !== null && /^actions\/github-script@/.test(stringOf(uses) ?? ""))
    checkInjection(file, script, context.triggers);
}

function checkUses(file: ManifestFile, node: Node | null, byTag: { node: Node; uses: string }[]): void {
  const uses = stringOf(node);
  if (node === null || uses === undefined || /^(?:\.{1,2}\/|docker:)/.test(uses)) return;
  const [action = "", version] = uses.split("@");
  if (version === undefined || /^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(version) || version.includes("${{"))
    return;
  if (/^(?:main|master|develop|dev|trunk|head|latest|next|canary|edge|nightly)$/i.test(version)) {
    // A workflow shared within an organisation is followed by branch on purpose.
    const severity = /\.ya?ml$/.test(action) ? "info" : "warning";
    file.report(actionBranchRule, {
      ...spanOf(node),
      message: `${action} follows the branch ${version}`,
      severity,
    });
  } else if (!/^(?:actions|github)\//.test(action)) byTag.push({ node, uses });
}

function reportTags(file: ManifestFile, byTag: readonly { node: Node; uses: string }[]): void {
  const [first] = byTag;
  if (first === undefined) return;
  const names = [...new Set(byTag.map(({ uses }) => uses))];
  file.report(actionTagRule, {
    ...spanOf(first.node),
    message: `${names.length === 1 ? "An action follows a tag" : `${names.length} actions follow tags`}: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`,
    identity: "actions by tag",
    related: byTag.slice(1, 30).map(({ node }) => spanOf(node)),
  });
}

const headOfPullRequest =
  /github\.event\.pull_request\.head\.(?:sha|ref)|github\.head_ref|refs\/pull\/|github\.event\.workflow_run\.head_(?:sha|branch)/;

function checkCheckout(file: ManifestFile, { step, job, triggers }: StepContext): void {
  const privileged = triggers.has("pull_request_target") || triggers.has("workflow_run");
  if (!privileged || !/^actions\/checkout@/.test(stringOf(get(step, "uses")) ?? "")) return;
  const ref = get(get(step, "with"), "ref");
  if (ref === null || !headOfPullRequest.test(stringOf(ref) ?? "")) return;
  // A person's label, an environment with reviewers or a look at the fork lowers it; only people can tell by how much.
  const condition = `${stringOf(get(job, "if")) ?? ""} ${stringOf(get(step, "if")) ?? ""}`;
  const guarded =
    get(job, "environment") !== null || /label|\.fork|head\.repo|author_association|actor/.test(condition);
  const trigger = triggers.has("pull_request_target") ? "pull_request_target" : "workflow_run";
  file.report(checkoutRule, {
    ...spanOf(ref),
    message: `${trigger} checks out the code of the pull request`,
    severity: guarded ? "warning" : "error",
  });
}

const expression = /\$\{\{([^}]{1,500})\}\}/g;
const strangersText =
  /github\.(?:head_ref|event\.(?:issue\.(?:title|body)|pull_request\.(?:title|body|head\.(?:ref|label|repo\.default_branch))|(?:comment|review|review_comment)\.body|discussion\.(?:title|body)|pages\b.{0,20}\.page_name|(?:commits\b.{0,20}|head_commit)\.(?:message|author\.(?:email|name))|workflow_run\.(?:head_branch|head_commit\.message|display_title)))/;

function checkInjection(file: ManifestFile, node: Node, triggers: ReadonlySet<string>): void {
  const { from, to } = spanOf(node);
  const seen = new Set<string>();
  for (const match of file.text.slice(from, to).matchAll(expression)) {
    const [whole, inner = ""] = match;
    const source = strangersText.exec(inner)?.[0];
    // A comparison or search gives true or false, whatever the text is.
    if (
      source === undefined ||
      seen.has(source) ||
      /^\s*!?\s*(?:contains|startsWith|endsWith)\(|[=!]=/.test(inner)
    )
      continue;
    seen.add(source);
    const at = from + match.index;
    file.report(injectionRule, {
      from: at,
      to: at + whole.length,
      message: `${source} becomes part of the script`,
      severity: injectionSeverity(triggers),
    });
  }
}

/** Plain pull_request runs of forks have neither secrets nor a writing token; push needs the right to push. */
function injectionSeverity(triggers: ReadonlySet<string>): Severity {
  const open = [
    "issues",
    "issue_comment",
    "pull_request_target",
    "discussion",
    "discussion_comment",
    "workflow_run",
    "pull_request_review",
    "pull_request_review_comment",
  ];
  return open.some((trigger) => triggers.has(trigger)) ? "error" : "warning";
}

const pipeToShell = /\b(?:curl|wget)\b[^|;&\n]{0,500}\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:ba|z|da|k)?sh\b/;

function checkDownload(file: ManifestFile, run: Node): void {
  const { from, to } = spanOf(run);
  const match = pipeToShell.exec(file.text.slice(from, to));
  if (match === null) return;
  const at = from + match.index;
  file.report(pipeToShellRule, {
    from: at,
    to: at + match[0].length,
    message: "A downloaded script runs at once",
    severity: "info",
  });
}
