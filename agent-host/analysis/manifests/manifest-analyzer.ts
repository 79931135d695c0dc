import type { FileFacts, LanguageAnalyzer, SourceFile } from "../file-facts.ts";
import { checkComposeFile } from "./compose-file.ts";
import { checkDockerfile } from "./dockerfile.ts";
import { ManifestFile } from "./manifest-file.ts";
import { checkPackageJson } from "./package-json.ts";
import { checkPyproject } from "./pyproject.ts";
import { checkRequirements } from "./requirements.ts";
import { checkWorkflow } from "./workflow.ts";

/** Reports into the file; returns why the file could not be read, if so. */
type Check = (file: ManifestFile) => string | undefined;

const kinds: readonly { path: RegExp; check: Check }[] = [
  { path: /(?:^|\/)package\.json$/, check: checkPackageJson },
  {
    path: /(?:^|\/)(?:requirements|constraints)[\w.-]*\.(?:txt|in)$|(?:^|\/)requirements\/[\w.-]+\.(?:txt|in)$/,
    check: checkRequirements,
  },
  { path: /(?:^|\/)pyproject\.toml$/, check: checkPyproject },
  { path: /(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|\.dockerfile$/, check: checkDockerfile },
  { path: /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$|(?:^|\/)action\.ya?ml$/, check: checkWorkflow },
  { path: /(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/, check: checkComposeFile },
];

/** True for files that `manifestAnalyzer` reads. `path` is workspace-relative with `/`. */
export function isManifest(path: string): boolean {
  return kinds.some((kind) => kind.path.test(path)) && !/\.dockerignore$/.test(path);
}

/** Manifests of packages, images and workflows, each by itself. See also `checkLockfiles`. */
export const manifestAnalyzer: LanguageAnalyzer = {
  languages: ["manifest"],
  analyze(source: SourceFile): FileFacts {
    const file = new ManifestFile(source);
    const problem = kinds.find((kind) => kind.path.test(source.path))?.check(file);
    return {
      path: source.path,
      language: "manifest",
      lines: file.lineCount,
      bytes: source.bytes,
      imports: [],
      exports: [],
      functions: [],
      findings: file.findings,
      ...(problem ? { parseProblem: problem } : {}),
    };
  },
};
