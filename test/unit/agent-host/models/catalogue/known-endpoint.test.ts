import { describe, expect, it } from "vitest";
import type { EndpointConfig } from "../../../../../agent-host/config/models-config.ts";
import { knownEndpoint, withAbilities } from "../../../../../agent-host/models/catalogue/known-endpoint.ts";

interface Given {
  readonly env?: Record<string, string>;
  readonly offered?: Record<string, string>;
}

const endpoint = (name: string, config?: EndpointConfig, { env = {}, offered = {} }: Given = {}) => {
  const known = knownEndpoint(name, config, { env, offered: (each) => offered[each] ?? null });
  if (known === null) throw new Error("no endpoint");
  return known.settings;
};
const problem = (text: string) => ({ code: "config.invalid", message: expect.stringContaining(text) });

describe("an endpoint", () => {
  it("of Anthropic is known without settings", () => {
    expect(endpoint("anthropic")).toMatchObject({
      baseUrl: "https://api.anthropic.com",
      auth: "apiKey",
      headers: {},
      can: { countTokens: true, thinking: true, cache: true, effort: true },
    });
  });

  it("of another name needs settings", () => {
    const sources = { env: {}, offered: () => null };
    expect(knownEndpoint("local", undefined, sources)).toBeNull();
    expect(() => endpoint("local", {})).toThrow(
      expect.objectContaining(problem("neither profile nor baseUrl")),
    );
    expect(endpoint("ollama", {}).baseUrl).toBe("http://localhost:11434");
    expect(endpoint("local", { baseUrl: "https://models.example/proxy/v9/v1/" }).baseUrl).toBe(
      "https://models.example/proxy/v9",
    );
  });

  it("that imitates the API is asked for nothing that it does not promise", () => {
    for (const profile of ["ollama", "lm-studio", "vllm", "litellm", "llama-cpp"] as const) {
      const { can, headers } = endpoint("local", { profile });
      expect(can).toMatchObject({ thinking: false, cache: false, effort: false });
      expect(headers).toEqual({ "anthropic-version": "2023-06-01" });
    }
    expect(endpoint("local", { profile: "vllm", can: { cache: true } }).can).toMatchObject({
      cache: true,
      thinking: false,
    });
  });

  it("sends no key where none is needed and none is known, and one as soon as it is", () => {
    const offered: Record<string, string> = {};
    const settings = endpoint("local", { profile: "vllm" }, { offered });
    const able = withAbilities(settings, { cache: true });
    expect([settings.auth, able.auth, settings.key()]).toEqual(["none", "none", null]);
    offered.local = " a-key \n";
    expect([settings.auth, able.auth, able.key()]).toEqual(["bearer", "bearer", "a-key"]);
    expect(able.can.cache).toBe(true);
    expect(endpoint("local", { profile: "vllm", key: { env: "NONE" } }).auth).toBe("bearer");
  });

  it("takes the key of a client first, then its own variable, then Anthropic's", () => {
    const env = { OWN: "own", ANTHROPIC_API_KEY: "key", ANTHROPIC_AUTH_TOKEN: "token" };
    const own = { key: { env: "OWN" } };
    expect(endpoint("anthropic", own, { env, offered: { anthropic: "offered" } }).key()).toBe("offered");
    expect(endpoint("anthropic", own, { env }).key()).toBe("own");
    expect(endpoint("anthropic", undefined, { env }).key()).toBe("key");
    const token = endpoint("anthropic", undefined, { env: { ANTHROPIC_AUTH_TOKEN: "token" } });
    expect([token.key(), token.auth]).toEqual(["token", "bearer"]);
    expect(endpoint("local", { profile: "ollama" }, { env }).key()).toBeNull();
  });

  it("of Anthropic is moved by ANTHROPIC_BASE_URL, no other is", () => {
    const env = { ANTHROPIC_BASE_URL: "http://127.0.0.1:4010/" };
    expect(endpoint("anthropic", undefined, { env }).baseUrl).toBe("http://127.0.0.1:4010");
    expect(endpoint("local", { profile: "ollama" }, { env }).baseUrl).toBe("http://localhost:11434");
  });

  it.each([
    "http://localhost:1",
    "http://127.0.0.2:1",
    "http://[::1]:1",
    "http://2130706433",
    "https://a.example",
  ])("may be at %s", (baseUrl) => {
    expect(endpoint("local", { baseUrl }).baseUrl).toMatch(/^https?:/);
  });

  it.each([
    ["http://models.example", "plain http to models.example"],
    ["http://127.0.0.1.example", "plain http"],
    ["http://10.0.0.1", "plain http"],
    ["ftp://models.example", "https://"],
    ["models.example", "https://"],
    ["https://me:secret@models.example", "no name and password"],
    ["https://models.example?key=1", "without ?"],
  ])("may not be at %s", (baseUrl, text) => {
    expect(() => endpoint("local", { baseUrl })).toThrow(expect.objectContaining(problem(text)));
    const env = { ANTHROPIC_BASE_URL: baseUrl };
    expect(() => endpoint("anthropic", undefined, { env })).toThrow(
      expect.objectContaining(problem("ANTHROPIC_BASE_URL")),
    );
  });

  it("may be at another machine over plain http where the settings say so", () => {
    const config = { baseUrl: "http://models.example", allowInsecure: true };
    expect(endpoint("local", config).baseUrl).toBe("http://models.example");
  });

  it("may take as long as its settings say, and a server at home longer than a service", () => {
    const config = { profile: "ollama" as const, patience: { firstByteSeconds: 1_200 } };
    expect(endpoint("local", config).patience).toEqual({
      firstByteMs: 1_200_000,
      idleMs: 120_000,
      totalMs: 3_600_000,
    });
    expect(endpoint("anthropic", undefined).patience).toEqual({
      firstByteMs: 120_000,
      idleMs: 30_000,
      totalMs: 600_000,
    });
  });

  it("has the headers of its settings, also from variables, which must not be empty", () => {
    const config = { profile: "vllm" as const, headers: { "X-Team": "blue", "X-Part": { env: "PART" } } };
    expect(endpoint("local", config, { env: { PART: "two" } }).headers).toEqual({
      "anthropic-version": "2023-06-01",
      "x-team": "blue",
      "x-part": "two",
    });
    expect(() => endpoint("local", config)).toThrow(expect.objectContaining(problem("PART is empty")));
  });
});
