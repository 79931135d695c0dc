import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { digestsOf } from "../../agent-host/cli/folder-digests.ts";
import { parseScript } from "../../agent-host/models/scripted/parse-script.ts";
import { type AnthropicMock, startAnthropicMock } from "../support/anthropic-mock/mock-server.ts";
import { scriptedAnswers } from "../support/anthropic-mock/scripted-answers.ts";
import { Fixture } from "./support/fixture.ts";
import type { Workbench } from "./support/workbench.ts";

const demo = join(import.meta.dirname, "..", "..", "media", "demo");
const key = "sk-e2e-4d1c9a7be0f2";
const goal = "Add discount codes to the cart";
const runLimitMs = 120_000;

describe("a goal with a model of the Messages API, in the editor", () => {
  let mock: AnthropicMock;
  let fixture: Fixture;
  let window: Workbench;
  let folder: string;
  let before: ReadonlyMap<string, string>;

  beforeAll(async () => {
    const script = parseScript(readFileSync(join(demo, "script.json"), "utf8"));
    mock = await startAnthropicMock({ answer: scriptedAnswers(script), key });
    fixture = await Fixture.start({
      settings: {
        "agentTeam.provider": "anthropic",
        "agentTeam.profile": "change",
        "agentTeam.approve": "auto",
      },
    });
    const { agentTeamHome } = fixture.server;
    mkdirSync(agentTeamHome, { recursive: true, mode: 0o700 });
    const endpoint = { profile: "anthropic", baseUrl: mock.url };
    writeFileSync(
      join(agentTeamHome, "config.yaml"),
      JSON.stringify({ format: 1, endpoints: { anthropic: endpoint } }),
    );
    folder = await fixture.server.makeFolder("shop");
    cpSync(join(demo, "repository"), folder, { recursive: true });
    before = await digestsOf(folder);
    window = await fixture.openWindow(folder);
    await window.openTeam();
  });

  beforeEach(() => fixture.reportFailures());

  afterAll(async () => {
    await fixture?.stop();
    await mock?.close();
  });

  it("becomes a change by two coders at once that is reviewed, tested and applied", async () => {
    await window.runCommand("Agent Team: Set API Key");
    await window.answerInput("Set API Key", "anthropic");
    await window.answerInput("Set API Key", key);
    await window.runCommand("Agent Team: Start Run");
    await window.answerInput("Start Run", goal);
    const review = await reviewOf("review");
    await review.getByText("receipt.js").first().waitFor();
    expect(await digestsOf(folder)).toEqual(before);
    await review.getByRole("button", { name: "Approve" }).click();
    await window.treeRow(`${goal} · done`).waitFor({ timeout: runLimitMs });
    expect(readFileSync(join(folder, "src", "cart.js"), "utf8")).toContain("redeem(code)");
    expect(readFileSync(join(folder, "src", "receipt.js"), "utf8")).toContain("Discount: -");
    expect(mock.stats()).toMatchObject({ complaints: [], paidTwice: 0, peakConcurrent: 2 });
  });

  it("is undone to the byte", async () => {
    await window.runCommand("Agent Team: Undo Change");
    await window.treeRow(`${goal} · done`).waitFor();
    await expect.poll(async () => [...(await digestsOf(folder))], { timeout: 30_000 }).toEqual([...before]);
  });

  it("leaves the key in no file", () => {
    const { agentTeamHome } = fixture.server;
    const holding = globSync("**/*", { cwd: agentTeamHome, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => readFileSync(file).includes(key));
    expect(holding).toEqual([]);
  });

  async function reviewOf(phase: string): Promise<Frame> {
    await window.treeRow(new RegExp(`^Gate: ${phase} · waits for you`)).waitFor({ timeout: runLimitMs });
    await window.runCommand("Agent Team: Review Waiting Gate");
    return await window.review(`Gate: ${phase}`);
  }
});
