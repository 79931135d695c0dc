import type { Commands, Manifests } from "./detect-commands.ts";

export function cargoCommands({ names }: Manifests): Commands {
  if (!names.has("Cargo.toml")) return {};
  return { test: ["cargo", "test"], build: ["cargo", "build"], typecheck: ["cargo", "check"] };
}

export function goCommands({ names }: Manifests): Commands {
  if (!names.has("go.mod")) return {};
  return { test: ["go", "test", "./..."], lint: ["go", "vet", "./..."], build: ["go", "build", "./..."] };
}

export function gradleCommands({ names }: Manifests): Commands {
  if (names.has("gradlew")) return { test: ["./gradlew", "test"] };
  const isGradle = names.has("build.gradle") || names.has("build.gradle.kts");
  return isGradle ? { test: ["gradle", "test"] } : {};
}

export function mavenCommands({ names }: Manifests): Commands {
  if (!names.has("pom.xml")) return {};
  return { test: [names.has("mvnw") ? "./mvnw" : "mvn", "test"] };
}

/** Targets that the Makefile itself defines; GNU make's order of names. */
export function makeCommands({ names, text }: Manifests): Commands {
  const file = ["GNUmakefile", "makefile", "Makefile"].find((name) => names.has(name));
  const lines = file === undefined ? [] : (text(file) ?? "").split(/\r?\n/);
  const targets = new Set(lines.flatMap(targetsOf));
  const known = ["test", "lint", "build", "typecheck"].filter((name) => targets.has(name));
  const commands: Record<string, string[]> = Object.fromEntries(known.map((name) => [name, ["make", name]]));
  return !targets.has("test") && targets.has("check") ? { ...commands, test: ["make", "check"] } : commands;
}

/** `a b: c` defines a and b; `a := c`, `a = b: c` and lines of a recipe define nothing. */
function targetsOf(line: string): string[] {
  const [, targets] = /^([^\s:=#][^:=#]*)::?(?!=)/.exec(line) ?? [];
  return targets === undefined ? [] : targets.trim().split(/\s+/);
}
