import type { Commands, Manifests } from "./detect-commands.ts";

const manifests = [
  "pyproject.toml",
  "setup.cfg",
  "tox.ini",
  "requirements.txt",
  "requirements-dev.txt",
  "dev-requirements.txt",
  "Pipfile",
];
const pythonFiles = [...manifests, "setup.py", "manage.py", "conftest.py", "pytest.ini"];

/** pytest where something speaks of it, or where a Python project has files that pytest would collect. */
export function pythonCommands({ names, testNames, text }: Manifests): Commands {
  const isConfigured =
    names.has("pytest.ini") || names.has("conftest.py") || testNames.includes("conftest.py");
  const isNamed = manifests.some((name) => /\bpytest\b/.test(text(name) ?? ""));
  const isPython = pythonFiles.some((name) => names.has(name));
  const hasTests = [...testNames, ...names].some((name) => /^(test_.+|.+_test)\.py$/.test(name));
  const isPlausible = isConfigured || isNamed || (isPython && hasTests);
  return isPlausible ? { test: ["python3", "-m", "pytest"] } : {};
}
