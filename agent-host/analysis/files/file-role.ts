/** What a file is for. Only `source` is held to the full standard. */
export type FileRole =
  | "source"
  | "test"
  | "fixture"
  | "example"
  | "script"
  | "config"
  | "docs"
  | "declaration";

const fixtureFolder =
  /(?:^|\/)(?:__)?(?:fixtures?|snapshots?|mocks?|stubs?|templates?|boilerplates?|scaffold(?:s|ing)?|codemods?|tests?[-_]?(?:workspaces?|data|cases?|fixtures?|projects?|resources?|inputs?|apps?|files))(?:__)?\//i;
const testFolder =
  /(?:^|\/)(?:tests?|specs?|__tests__|__test__|e2e|cypress|playwright|testing|test-utils?|[\w-]+-(?:e2e|tests?)|t\/(?:unit|integration|smoke))\//i;
const testFile =
  /(?:[.\-_](?:test|spec|e2e|cy|stories|story|test-d|bench|benchmark)\.[mc]?[jt]sx?$)|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest|tests?)\.(?:py|go|[mc]?[jt]sx?)$|(?:^|\/)(?:setup-?tests?|test-?setup|vitest-setup|jest-setup|karma)[^/]*\.[mc]?[jt]sx?$/i;
// `template-react` of a create-* package and `basics-starter` of a tutorial are copied, not run from here.
const exampleFolder =
  /(?:^|\/)(?:examples?|demos?|samples?|playgrounds?|sandbox(?:es)?|tutorials?|snippets|recipes|starters?|benchmarks?|bench|perf|templates?-[\w-]+|[\w-]+-(?:starter|examples?|demo|playground|final|step-\d+))\//i;
const docsFolder =
  /(?:^|\/)(?:(?:[\w-]+-)?docs?|docs_src|website|documentation|\.storybook|\.vitepress|\.docusaurus)\//i;
// Folders with a dot hold what tools run: generators, hooks, workflows. In `.server` Remix keeps sources.
const scriptFolder =
  /(?:^|\/)(?:scripts?|bin|tools?|tooling|tasks|gulp|ci|hack|migrations?|seeds?|seeders|[\w-]+migrations|\.(?!server\/|client\/|\.?\/)[^/]+)\//i;
const configFile =
  /(?:^|\/)(?:[^/]*\.config\.[^/]*|[^/]*\.conf\.[mc]?[jt]s|\.[^/]*rc\.[mc]?[jt]s|\.[^/]*\.[mc]?js|(?:gulpfile|gruntfile|webpack[^/]*|rollup[^/]*|jakefile|esbuild[^/]*|vite[^/]*|karma[^/]*|noxfile|setup|ormconfig|knexfile)\.(?:[mc]?[jt]s|py))$/i;
const exampleFile = /(?:^|\/)[^/]*(?:\.|[-_])(?:example|sample|template|dist|tpl)(?:\.[^/.]+)?$/i;

/** The role by path: conventions of names and folders that most projects share. `path` is relative, with `/`. */
export function roleOf(path: string): FileRole {
  if (fixtureFolder.test(path)) return "fixture";
  if (testFile.test(path) || testFolder.test(path)) return "test";
  if (exampleFolder.test(path)) return "example";
  if (docsFolder.test(path)) return "docs";
  if (/\.d\.[mc]?ts$/.test(path)) return "declaration";
  if (configFile.test(path)) return "config";
  if (scriptFolder.test(path)) return "script";
  return "source";
}

/** A test, or material only tests use. */
export function isTestPath(path: string): boolean {
  const role = roleOf(path);
  return role === "test" || role === "fixture";
}

/** Named as a runner of tests looks for it; other files in a folder of tests, a `test.js` too, may be input. */
export function isTestFile(path: string): boolean {
  return testFile.test(path) && !/(?:^|\/)tests?\.[mc]?[jt]sx?$/i.test(path);
}

const asideRoles: ReadonlySet<FileRole> = new Set(["test", "fixture", "example", "docs"]);

/** Tests, examples, templates, documentation: what stands there is seldom what runs in earnest. */
export function isAsidePath(path: string): boolean {
  return asideRoles.has(roleOf(path)) || exampleFile.test(path) || path.includes("node_modules/");
}
