import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { protocolDocument } from "./protocol-document.ts";

// `npm run protocol-doc`: writes PROTOCOL.md. With --check it only says whether the file is up to date.
const file = join(import.meta.dirname, "..", "..", "PROTOCOL.md");
const text = await protocolDocument();

if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
} else if (readFileSync(file, "utf8") !== text) {
  console.error('PROTOCOL.md is out of date: run "npm run protocol-doc"');
  process.exitCode = 1;
}
