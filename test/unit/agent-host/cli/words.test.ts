import { describe, expect, it } from "vitest";
import { linkPrefix, relinked } from "../../../../agent-host/analysis/report/report-links.ts";
import { reportFormatOf } from "../../../../agent-host/cli/report-file.ts";

describe("reportFormatOf", () => {
  it("goes by the ending", () => {
    expect(["a.md", "b.JSON", "c.sarif", "d.markdown"].map(reportFormatOf)).toEqual([
      "markdown",
      "json",
      "sarif",
      "markdown",
    ]);
    expect(() => reportFormatOf("report")).toThrow(/without ending/);
  });
});

describe("links of a report", () => {
  it("lead from the report's folder to the workspace", () => {
    expect(linkPrefix("/work space/repo", "/state/runs/r")).toBe("../../../work%20space/repo/");
    expect(linkPrefix("/repo", "/repo")).toBe("./");
  });

  it("still do after the report was moved", () => {
    const text = "see [a.ts:1](../../repo/a.ts#L1) and [site](https://example.org)";
    expect(relinked(text, { root: "/repo", from: "/state/r", to: "/out" })).toBe(
      "see [a.ts:1](../repo/a.ts#L1) and [site](https://example.org)",
    );
  });
});
