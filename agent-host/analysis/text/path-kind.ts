const testFolder =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|specs?|testing|testdata|test-data|fixtures?|__fixtures__|e2e|mocks?|stubs|cypress|playwright|benchmarks?|bench|t\/(?:unit|integration|smoke))\//i;
const testFile =
  /(?:^|\/)(?:test_[^/]*\.py|conftest\.py|[^/]*_test\.(?:py|go)|[^/]*\.(?:test|spec|e2e|cy)\.[cm]?[jt]sx?|tests?\.py)$/i;
const exampleFolder =
  /(?:^|\/)(?:examples?|samples?|demos?|docs?|documentation|tutorials?|snippets|docs_src|playground|sandbox)\//i;
const exampleFile = /(?:^|\/)[^/]*(?:\.|[-_])(?:example|sample|template|dist|tpl)(?:\.[^/.]+)?$/i;
const lockFile =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.ya?ml|bun\.lockb?|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Cargo\.lock|Gemfile\.lock|composer\.lock|go\.sum|deno\.lock|packages\.lock\.json|gradle\.lockfile|flake\.lock|\.terraform\.lock\.hcl)$/;
const generatedFile =
  /(?:^|\/)(?:dist|build|out|vendor|third_party|node_modules)\/|[.-](?:min|bundle)\.(?:js|css|mjs)$|\.(?:map|snap|svg|ipynb)$|_pb2(?:_grpc)?\.py$/;

/** A test, or material only tests use. `path` is workspace-relative with `/`. */
export function isTestPath(path: string): boolean {
  return testFolder.test(path) || testFile.test(path);
}

/** An example, a sample or documentation. */
export function isExamplePath(path: string): boolean {
  return exampleFolder.test(path) || exampleFile.test(path);
}

/** A package manager's lock file: written by a program, full of hashes. */
export function isLockFile(path: string): boolean {
  return lockFile.test(path);
}

/** Output of a build or a copy of somebody else's code, as far as the path tells. */
export function isGeneratedPath(path: string): boolean {
  return generatedFile.test(path);
}
