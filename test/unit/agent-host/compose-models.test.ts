import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type ComposedModels, composeModels } from "../../../agent-host/compose-models.ts";
import { systemClock } from "../../../agent-host/core/clock.ts";
import type { EditorModels } from "../../../agent-host/models/editor/editor-models.ts";
import type { OfferedModel } from "../../../agent-host/protocol/offered-model.ts";

const { signal } = new AbortController();
const homes: string[] = [];

afterEach(async () => {
  for (const home of homes.splice(0)) await rm(home, { recursive: true });
});

interface Given {
  readonly config?: string;
  readonly env?: Record<string, string>;
  readonly offered?: readonly OfferedModel[];
  readonly onSecret?: (secret: string) => void;
}

async function models({
  config,
  env = {},
  offered = [],
  onSecret = () => undefined,
}: Given): Promise<ComposedModels> {
  const home = await mkdtemp(join(tmpdir(), "agent-team-models-"));
  homes.push(home);
  if (config !== undefined) await writeFile(join(home, "config.yaml"), config);
  const editors: EditorModels = {
    offered: () => offered,
    answer: () => Promise.reject(new Error("not asked")),
  };
  return composeModels({ home, env, clock: systemClock, editors, onSecret });
}

const anthropic = { provider: "anthropic", model: null } as const;
const vscode = { provider: "vscode", model: null } as const;
const key = { ANTHROPIC_API_KEY: "a-key-of-a-person" };
const gpt: OfferedModel = {
  id: "copilot-5",
  vendor: "copilot",
  family: "five",
  name: "Five",
  maxInputTokens: 64_000,
};

const local = `format: 1
provider: anthropic
models:
  default: claude-opus-5-5
  agents: { reviewer: "local:qwen3:8b", tester: claude-haiku-5-5 }
  fallback: [claude-haiku-5-5, claude-opus-5-5]
  details:
    "local:qwen3:8b": { contextTokens: 32768, price: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } }
endpoints:
  local: { profile: ollama }
`;

describe("the models of a host", () => {
  it("ask Anthropic's default for every agent where nothing is configured", async () => {
    const composed = await models({ env: key });
    const { plan, warnings } = await composed.plan(anthropic, signal);
    expect(Object.keys(plan)).toHaveLength(7);
    expect(plan["team-leader"]).toEqual(["anthropic:claude-sonnet-5-5"]);
    expect(warnings).toEqual([]);
    expect(await composed.defaultProvider(signal)).toBeNull();
  });

  it("follow config.yaml: a model for each agent, others to stand in, none twice", async () => {
    const composed = await models({ env: key, config: local });
    const { plan, warnings } = await composed.plan(anthropic, signal);
    expect(plan.reviewer).toEqual([
      "local:qwen3:8b",
      "anthropic:claude-haiku-5-5",
      "anthropic:claude-opus-5-5",
    ]);
    expect(plan.tester).toEqual(["anthropic:claude-haiku-5-5", "anthropic:claude-opus-5-5"]);
    expect(plan["back-end-coder"]).toEqual(["anthropic:claude-opus-5-5", "anthropic:claude-haiku-5-5"]);
    expect(warnings).toEqual([]);
    expect(await composed.defaultProvider(signal)).toBe("anthropic");
    const [reviewer, standIn] = (await composed.chains(plan)).for("reviewer");
    expect(reviewer).toMatchObject({ name: "local:qwen3:8b", contextTokens: 32_768 });
    expect(standIn).toMatchObject({ name: "anthropic:claude-haiku-5-5", contextTokens: 1_000_000 });
  });

  it("take a model that is named for the run, or in AGENT_TEAM_MODEL, for all agents", async () => {
    const composed = await models({
      env: { ...key, AGENT_TEAM_MODEL: "claude-opus-5" },
      config: local,
    });
    const byVariable = await composed.plan(anthropic, signal);
    expect(byVariable.plan.reviewer?.[0]).toBe("anthropic:claude-opus-5");
    const byName = await composed.plan({ ...anthropic, model: "local:tiny" }, signal);
    expect(byName.plan["team-leader"]?.[0]).toBe("local:tiny");
    expect(byName.warnings.join()).toContain("No price is known for local:tiny");
  });

  it("refuse a plan without a key, and say where one is looked for", async () => {
    const composed = await models({});
    await expect(composed.plan(anthropic, signal)).rejects.toMatchObject({
      code: "model.noKey",
      hint: expect.stringContaining("ANTHROPIC_API_KEY"),
    });
    composed.offerKey("anthropic", "offered-by-a-window");
    await expect(composed.plan(anthropic, signal)).resolves.toBeDefined();
    const own = await models({
      config: "format: 1\nendpoints: { hub: { profile: litellm, key: { env: HUB_KEY } } }\n",
    });
    await expect(own.plan({ ...anthropic, model: "hub:x" }, signal)).rejects.toMatchObject({
      code: "model.noKey",
      hint: expect.stringContaining("HUB_KEY"),
    });
  });

  it("tell every key, so that it can be kept out of what is written", async () => {
    const told = new Set<string>();
    const composed = await models({
      onSecret: (secret) => told.add(secret),
      env: { ...key, HUB_KEY: "key-of-the-hub", TEAM: "in-a-header", OTHER: "no key" },
      config:
        "format: 1\nendpoints: { hub: { profile: litellm, key: { env: HUB_KEY }, headers: { x-team: { env: TEAM } } } }\n",
    });
    await composed.plan(anthropic, signal);
    composed.offerKey("anthropic", "first-key");
    composed.offerKey("anthropic", " second-key\n");
    expect([...told].sort()).toEqual(
      ["a-key-of-a-person", "first-key", "in-a-header", "key-of-the-hub", "second-key"].sort(),
    );
  });

  it("name file and line of settings that cannot be used", async () => {
    const composed = await models({ env: key, config: "format: 1\nmodels:\n  agents: { coder: x }\n" });
    const problem = { code: "config.invalid", message: expect.stringContaining("line 3") };
    await expect(composed.plan(anthropic, signal)).rejects.toMatchObject(problem);
    await expect(composed.defaultProvider(signal)).rejects.toMatchObject(problem);
    await expect(composed.chains({})).rejects.toMatchObject(problem);
  });

  it("refuse an endpoint that nobody knows, as a first choice; to stand in it is left out", async () => {
    const composed = await models({ env: key, config: "format: 1\nmodels: { fallback: ['gone:x'] }\n" });
    await expect(composed.plan({ ...anthropic, model: "nowhere:x" }, signal)).rejects.toMatchObject({
      code: "model.unknownEndpoint",
      hint: expect.stringContaining("anthropic"),
    });
    const { plan, warnings } = await composed.plan(anthropic, signal);
    expect(plan.tester).toEqual(["anthropic:claude-sonnet-5-5"]);
    expect(warnings).toEqual([expect.stringContaining("gone:x cannot stand in")]);
  });

  it("go on with a plan whose endpoint has gone: asking it fails, what stands in does not", async () => {
    const composed = await models({ env: key });
    const chains = await composed.chains({ tester: ["gone:x", "anthropic:claude-haiku-5-5"] });
    const [gone, standIn] = chains.for("tester");
    const request = {
      agentType: "tester",
      taskType: "verification.check",
      system: "",
      messages: [],
      tools: [],
      maxOutputTokens: 10,
    } as const;
    await expect(gone?.answer(request, () => undefined, signal)).rejects.toMatchObject({
      code: "model.unknownEndpoint",
      retry: "never",
    });
    expect(standIn?.name).toBe("anthropic:claude-haiku-5-5");
    expect(chains.for("reviewer")).toEqual([]);
  });

  it("ask the editor's models by id, family or name, and the first where none is named", async () => {
    const composed = await models({ offered: [gpt], config: local.replace("anthropic", "vscode") });
    for (const model of [null, "copilot-5", "vscode:copilot-5", "FIVE", "Five"]) {
      const { plan, warnings } = await composed.plan({ ...vscode, model }, signal);
      expect(plan["team-leader"]).toEqual(["vscode:copilot-5"]);
      expect(warnings.join()).toContain("No price is known for vscode:copilot-5");
    }
    await expect(composed.plan({ ...vscode, model: "other" }, signal)).rejects.toMatchObject({
      code: "run.providerUnavailable",
      hint: expect.stringContaining("copilot-5"),
    });
    expect(await composed.defaultProvider(signal)).toBe("vscode");
  });

  it("say what to do where no window offers a model", async () => {
    const composed = await models({});
    await expect(composed.plan(vscode, signal)).rejects.toMatchObject({
      code: "run.providerUnavailable",
      hint: expect.stringContaining("VS Code"),
    });
  });

  it("share one limiter for each endpoint over all runs", async () => {
    const composed = await models({ env: key, config: local });
    const { plan } = await composed.plan(anthropic, signal);
    for (const chains of [await composed.chains(plan), await composed.chains(plan)]) {
      chains.for("reviewer");
      chains.for("tester");
    }
    expect(composed.status().map(({ endpoint }) => endpoint)).toEqual(["local", "anthropic"]);
  });
});
