import { describe, expect, it } from "vitest";
import { anthropicModels } from "../../../../../agent-host/models/catalogue/anthropic-models.ts";
import { addressOf, refOf } from "../../../../../agent-host/models/catalogue/model-names.ts";
import { modelSettings } from "../../../../../agent-host/models/catalogue/model-settings.ts";

const none = { format: 1 } as const;
const of = (id: string) => modelSettings({ endpoint: "anthropic", id }, none);

describe("what is known of a model", () => {
  it("is window, longest answer and price of today's models", () => {
    for (const id of ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]) {
      expect(of(id)).toMatchObject({ id, contextTokens: 1_000_000, maxOutputTokens: 128_000 });
      expect(of(id).price).not.toBeNull();
    }
    expect(of("claude-haiku-5-5").longPrompt?.overTokens).toBe(100_000);
  });

  it("is the same for a name with its date", () => {
    expect(of("claude-haiku-4-5-20251001")).toEqual({
      ...of("claude-haiku-4-5"),
      id: "claude-haiku-4-5-20251001",
    });
  });

  it("is nothing for a name that is not in the catalogue, or of another endpoint", () => {
    const unknown = { contextTokens: null, maxOutputTokens: null, price: null };
    expect(of("claude-next")).toEqual({ id: "claude-next", ...unknown });
    expect(of("constructor")).toEqual({ id: "constructor", ...unknown });
    const elsewhere = modelSettings({ endpoint: "hub", id: "claude-opus-5-5" }, none);
    expect(elsewhere).toEqual({ id: "claude-opus-5-5", ...unknown });
  });

  it("is what the settings say, before the catalogue; a price replaces all prices", () => {
    const price = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 };
    const config = { format: 1, models: { details: { "claude-haiku-5-5": { price } } } } as const;
    const settings = modelSettings({ endpoint: "anthropic", id: "claude-haiku-5-5" }, config);
    expect(settings).toEqual({
      id: "claude-haiku-5-5",
      contextTokens: 1_000_000,
      maxOutputTokens: 128_000,
      price,
    });
  });

  it("has prices in which reading the cache is cheaper than input, and writing it dearer", () => {
    const prices = Object.values(anthropicModels).flatMap(({ price, longPrompt }) => [
      price,
      longPrompt?.price,
    ]);
    for (const price of prices) {
      if (price === null || price === undefined) continue;
      expect(price.cacheRead).toBeLessThan(price.input);
      expect(price.cacheWrite).toBeGreaterThan(price.input);
      expect(price.output).toBeGreaterThan(price.input);
    }
  });
});

describe("the name of a model", () => {
  const endpoints = new Set(["anthropic", "local", "vscode"]);

  it("has its endpoint before the first colon, else it is Anthropic's", () => {
    expect(addressOf("claude-opus-5-5", endpoints)).toEqual({ endpoint: "anthropic", id: "claude-opus-5-5" });
    expect(addressOf("local:qwen3:8b", endpoints)).toEqual({ endpoint: "local", id: "qwen3:8b" });
  });

  it.each(["qwen3:8b", "local:", ":x"])("is refused where there is no such endpoint: %s", (name) => {
    expect(() => addressOf(name, endpoints)).toThrow(
      expect.objectContaining({ code: "model.unknownEndpoint", hint: expect.stringContaining("local") }),
    );
  });

  it("is refused where it is too long to be kept", () => {
    expect(() => refOf({ endpoint: "local", id: "x".repeat(300) })).toThrow(
      expect.objectContaining({ code: "config.invalid" }),
    );
  });
});
