import { extname } from "node:path";
import { HostError } from "../core/host-error.ts";

/** The report format a file name asks for. @throws HostError `report.format`. */
export function reportFormatOf(file: string): "markdown" | "json" | "sarif" {
  const extension = extname(file).toLowerCase();
  if (extension === ".md" || extension === ".markdown") return "markdown";
  if (extension === ".json") return "json";
  if (extension === ".sarif") return "sarif";
  throw new HostError(
    "report.format",
    `A report cannot be written as ${extension === "" ? "a file without ending" : extension}`,
    {
      hint: "Use a file that ends in .md, .json or .sarif",
    },
  );
}
