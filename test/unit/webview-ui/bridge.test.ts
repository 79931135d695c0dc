import { describe, expect, it } from "vitest";
import { isToTeamView } from "../../../webview-ui/bridge.ts";
import { working, workspaceId } from "../../support/run-fixture.ts";
import { reset } from "./team-fixture.ts";

describe("isToTeamView", () => {
  it("takes the extension's messages", () => {
    expect(isToTeamView(reset([working], working))).toBe(true);
    expect(isToTeamView({ kind: "focusComposer" })).toBe(true);
    expect(isToTeamView({ kind: "problem", problem: null })).toBe(true);
  });

  it.each([
    ["nothing", null],
    ["text", "reset"],
    ["an unknown kind", { kind: "eval" }],
    ["a kind that is a name of Object's own", { kind: "constructor" }],
    ["a message without its parts", { kind: "entries", workspaceId }],
    ["parts of another type", { kind: "runs", changed: {}, removed: [] }],
  ])("leaves out %s", (_name, message) => {
    expect(isToTeamView(message)).toBe(false);
  });
});
