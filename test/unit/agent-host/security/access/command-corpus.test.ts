import { describe, expect, it } from "vitest";
import { benign } from "../../../../support/command-corpus/benign.ts";
import { corpusRules, lineDecider } from "../../../../support/command-corpus/corpus-decision.ts";
import { heldOutTricks } from "../../../../support/command-corpus/held-out-tricks.ts";
import { tricks } from "../../../../support/command-corpus/tricks.ts";

const decide = await lineDecider();
const unsandboxed = { assurance: "unsandboxed", isTainted: false } as const;

describe("the corpus of command lines", () => {
  it("is large enough to say something, and a third of it was held out", () => {
    const all = [...tricks, ...heldOutTricks];
    expect(new Set(all.map(({ line }) => line)).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(150);
    expect(heldOutTricks.length).toBeGreaterThanOrEqual(all.length / 3);
    expect(benign.length).toBeGreaterThanOrEqual(40);
  });

  it("has no trick that runs without a question, in a sandbox or without", () => {
    const allowed = [...tricks, ...heldOutTricks].filter(
      ({ line }) => decide(line).kind === "allow" || decide(line, unsandboxed).kind === "allow",
    );
    expect(allowed).toEqual([]);
  });

  it("has no trick that the policy 'auto' would grant", () => {
    const granted = [...tricks, ...heldOutTricks].filter(({ line }) => {
      const decision = decide(line, { assurance: "unsandboxed", isTainted: true });
      return decision.kind === "allow" || (decision.kind === "ask" && decision.inScope);
    });
    expect(granted).toEqual([]);
  });

  it("has nothing harmless that is asked for in a sandbox", () => {
    expect(benign.filter((line) => decide(line).kind !== "allow")).toEqual([]);
  });

  it("keeps what only reads apart from what the scope allows", () => {
    const noCommands = { scope: { ...corpusRules.scope, commands: [] }, taskPaths: [] };
    expect(decide("cat a.txt | head -5 && git status", noCommands)).toMatchObject({
      rule: "command.readOnly",
    });
    expect(decide("cat a.txt > b.txt", noCommands).kind).toBe("ask");
    expect(decide("npm test | tail", noCommands).kind).toBe("ask");
  });
});

describe("a line for a shell", () => {
  it("in scope is asked for where nothing keeps it apart and others' words were read", () => {
    const given = { assurance: "unsandboxed" } as const;
    for (const line of ["npm test", "npm test 2>&1 | tail -5", "npm run lint && npm test"]) {
      expect(decide(line)).toMatchObject({ kind: "allow", rule: "scope.commands" });
      expect(decide(line, { ...given, isTainted: false })).toMatchObject({ kind: "allow" });
      expect(decide(line, { ...given, isTainted: true })).toMatchObject({
        kind: "ask",
        rule: "command.tainted",
        needsPerson: false,
        inScope: true,
        pattern: null,
      });
    }
    expect(decide("npm run other", given)).toMatchObject({ kind: "ask", inScope: false });
  });

  it("that writes, changes folders or may start something is asked for without a sandbox", () => {
    for (const line of [
      ...["echo x > a.txt", "cd src && npm test", "git status | head", "cat < a.txt", "npm --version"],
    ]) {
      expect(decide(line).kind).toBe("allow");
      expect(decide(line, unsandboxed).kind).toBe("ask");
    }
    expect(decide("ls | head -5", unsandboxed).kind).toBe("allow");
  });

  it("is allowed once a person allowed exactly it", () => {
    const line = "npm run build && npm run deploy";
    const asked = decide(line);
    const granted = [asked.kind === "ask" ? (asked.pattern ?? "") : ""];
    expect(decide(line, { granted })).toMatchObject({ kind: "allow", rule: "granted" });
    expect(decide(`${line} `, { granted }).kind).toBe("ask");
    expect(decide("npm run deploy", { granted }).kind).toBe("ask");
  });

  it("is judged by its gravest part", () => {
    expect(decide("ls && prettier -w a")).toMatchObject({ risk: "medium", rule: "command.unknown" });
    expect(decide("ls && curl x")).toMatchObject({ risk: "high", rule: "command.network" });
    expect(decide("ls $(x)")).toMatchObject({ risk: "high", rule: "command.inlineCode" });
  });

  it("with hidden characters is for a person, whatever was granted", () => {
    for (const line of ["ls \u200b", "npm test \u{e0041}", "cat 'a\u202eb'"]) {
      const decision = decide(line, { granted: [JSON.stringify(["sh", "-c", line])] });
      expect(decision).toMatchObject({
        kind: "ask",
        rule: "command.hidden",
        needsPerson: true,
        inScope: false,
      });
    }
  });
});
