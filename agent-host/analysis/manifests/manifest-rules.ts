import type { Severity } from "../../protocol/finding.ts";
import type { Rule } from "../rules/rule.ts";

function dependency(name: string, severity: Severity, texts: Pick<Rule, "title" | "why" | "remedy">): Rule {
  return { id: `dependencies/${name}`, category: "dependencies", severity, ...texts };
}

function security(name: string, severity: Severity, texts: Pick<Rule, "title" | "why" | "remedy">): Rule {
  return { id: `security/${name}`, category: "security", severity, ...texts };
}

export const unpinnedRule = dependency("unpinned", "warning", {
  title: "Dependency without a fixed version",
  why: "The next installation can get other code than the last one, without any change in this repository.",
  remedy: "Name a version or range, and commit the lock file.",
});

export const unpinnedSourceRule = dependency("unpinned-source", "warning", {
  title: "Dependency from an address that can change",
  why: "A branch, a tag or a plain download can hold other code tomorrow; no registry keeps the old one.",
  remedy: "Name the commit, or use a published version.",
});

export const lockFileRule = dependency("no-lock-file", "warning", {
  title: "Application without a lock file",
  why: "Each installation resolves ranges anew, so machines and days differ and a bad release arrives unseen.",
  remedy: "Commit the lock file of the package manager.",
});

export const twoLockFilesRule = dependency("two-lock-files", "info", {
  title: "Lock files of two package managers",
  why: "They drift apart, and who installs with the other manager gets other versions.",
  remedy: "Keep the one of the manager in use and delete the other.",
});

export const requirementsRule = dependency("unpinned-requirements", "info", {
  title: "Requirements without fixed versions",
  why: "The next installation can get other code than the last one, without any change in this repository.",
  remedy: "Pin with == (pip-compile or uv pip compile write such a file), or add a constraints file.",
});

export const imageRule = dependency("unpinned-image", "warning", {
  title: "Container image without a fixed tag",
  why: "Without a tag, or with latest, the next build starts from another system than the last one.",
  remedy: "Name a version, better still its digest (@sha256:…).",
});

export const actionBranchRule = dependency("action-by-branch", "warning", {
  title: "Action followed by branch",
  why: "Whoever can push to that branch runs code in this repository's workflows, with its secrets.",
  remedy: "Name the full commit hash, with the version in a comment.",
});

export const actionTagRule = dependency("action-by-tag", "info", {
  title: "Actions of other owners followed by tag",
  why: "A tag can be moved; taken-over actions have done that to read secrets from workflows.",
  remedy:
    "Name the full commit hash, with the version in a comment; Dependabot and Renovate keep it current.",
});

export const checkoutRule = security("workflow-untrusted-checkout", "error", {
  title: "Privileged workflow runs code of a pull request",
  why: "pull_request_target and workflow_run have secrets and a writing token; a pull request's code can take both.",
  remedy:
    "Use pull_request for building, and a second workflow without a checkout of the head for what needs rights.",
});

export const injectionRule = security("workflow-script-injection", "error", {
  title: "Text of strangers inside a workflow's script",
  why: "The text is put into the script before the shell reads it, so a title or branch name can run commands.",
  remedy: "Hand it over in env: and use the variable, in quotes, in the script.",
});

export const pipeToShellRule = security("pipe-to-shell", "warning", {
  title: "Download run without a look",
  why: "Whatever the server sends at build time runs with the build's rights; nothing would show a change.",
  remedy: "Download a named version, compare its checksum, then run it.",
});

export const remoteAddRule = security("docker-remote-add", "warning", {
  title: "ADD from the network without a checksum",
  why: "The image gets whatever the server sends at build time.",
  remedy: "Add --checksum=sha256:…, or download and verify in a RUN step.",
});

export const rootRule = security("docker-root", "info", {
  title: "Container runs as root",
  why: "A break-in into the service then has root's rights inside the container, and a short way out of it.",
  remedy: "Add a USER line before the command.",
});

export const plainIndexRule = security("insecure-index", "warning", {
  title: "Packages fetched without verified TLS",
  why: "Anyone on the path can replace the packages.",
  remedy: "Use an https index and remove --trusted-host.",
});
