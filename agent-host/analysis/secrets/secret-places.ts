import { isGeneratedPath, isLockFile } from "../files/classify.ts";
import { isAsidePath } from "../files/file-role.ts";

/** How much a find in a file weighs. */
export interface SecretPlace {
  /** Tests, fixtures, examples, documentation: what stands there is usually made up. */
  readonly rehearsal: boolean;
  /** Lock files, bundles: full of hashes, written by programs. */
  readonly generated: boolean;
  /** Values are written without quotes here (`.env`, `.ini`, YAML …). */
  readonly unquoted: boolean;
}

export function placeOf(path: string): SecretPlace {
  return {
    rehearsal: isAsidePath(path) || /\.(?:md|mdx|rst|adoc|txt)$/i.test(path),
    generated: isLockFile(path) || isGeneratedPath(path),
    unquoted:
      /(?:^|\/)\.env(?:\.[\w.-]+)?$|\.(?:env|ini|cfg|conf|properties|ya?ml|tfvars)$|(?:^|\/)(?:\.npmrc|\.pypirc|\.netrc)$/i.test(
        path,
      ),
  };
}
