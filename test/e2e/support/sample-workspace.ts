import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A small repository with findings at known places. */
export function writeSampleWorkspace(folder: string): void {
  const files: Record<string, string> = {
    "README.md": "# Sample\n\nA small shop. See [the guide](docs/missing.md).\n",
    "package.json": '{ "name": "sample", "version": "1.0.0", "type": "module" }\n',
    "src/cart.ts":
      'import { priceOf } from "./price.ts";\n\nexport function total(items: string[]): number {\n' +
      "  return items.map(priceOf).reduce((sum, price) => sum + price, 0);\n}\n",
    "src/price.ts":
      'import { total } from "./cart.ts";\n\nexport function priceOf(item: string): number {\n' +
      '  return item === "all" ? total(["apple"]) : item.length;\n}\n',
    "tools/load.py":
      "import pickle\nimport subprocess\n\n\ndef load(path, name):\n" +
      '    subprocess.call("cat " + name, shell=True)\n    return eval(open(path).read())\n',
  };
  for (const [file, text] of Object.entries(files)) write(join(folder, file), text);
}

/** Enough code that an analysis takes seconds on any machine, so that a test can act in its middle. */
export function writeLargeWorkspace(folder: string, fileCount: number): void {
  for (let index = 0; index < fileCount; index++) {
    const next = (index + 1) % fileCount;
    const functions = Array.from({ length: 40 }, (_, position) => sampleFunction(index, position));
    const text = `import { pick${next}_0 } from "./file${next}.ts";\n\n${functions.join("\n")}\nvoid pick${next}_0;\n`;
    write(join(folder, "src", `file${index}.ts`), text);
  }
}

function sampleFunction(file: number, position: number): string {
  return `export function pick${file}_${position}(value: number): string {
  if (value > ${position} && value % 2 === 0) return "even ${file}";
  for (let step = 0; step < value; step++) if (step === ${file}) return String(step * ${position});
  return value < 0 ? "low" : "odd";
}
`;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
