import { describe, expect, it } from "vitest";
import { emptyLocalState, restoredFrom, savedForm } from "../../../webview-ui/local-state.ts";

describe("restoredFrom", () => {
  it("brings back what was saved, through JSON", () => {
    const state = {
      draft: "Look at the checkout",
      profile: "full" as const,
      steering: "Not the tests",
      folder: "0123456789abcdef",
      search: "hard",
      shown: { workspaceId: "0123456789abcdef", runId: "r-1" },
      chosen: new Map([["analysis", false]] as const),
      anchor: "t-code",
    };
    expect(restoredFrom(JSON.parse(JSON.stringify(savedForm(state))))).toEqual(state);
  });

  it("begins empty from nothing or from what another version left", () => {
    expect(restoredFrom(undefined)).toEqual(emptyLocalState);
    const odd = {
      draft: 7,
      profile: "coffee",
      steering: [],
      shown: { runId: "r-1" },
      chosen: [["coffee", true], ["analysis", "yes"], 3],
      anchor: {},
    };
    expect(restoredFrom(odd)).toEqual(emptyLocalState);
  });
});
