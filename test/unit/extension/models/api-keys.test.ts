import { describe, expect, it } from "vitest";
import { ApiKeys, endpointOf } from "../../../../extension/models/api-keys.ts";

function store(held: Record<string, string>) {
  const secrets = new Map(Object.entries(held));
  const keys = new ApiKeys({
    get: async (name) => secrets.get(name),
    store: async (name, value) => void secrets.set(name, value),
    delete: async (name) => void secrets.delete(name),
    keys: async () => [...secrets.keys()],
  });
  return { keys, secrets };
}

describe("keys of endpoints", () => {
  it("are kept each under its endpoint, beside other secrets", async () => {
    const { keys, secrets } = store({ "agentTeam.approverKey.a1": "pem" });
    await keys.set("anthropic", "k-1");
    await keys.set("local-box", "k-2");
    expect(await keys.endpoints()).toEqual(["anthropic", "local-box"]);
    expect(await keys.get("anthropic")).toBe("k-1");
    await keys.clear("anthropic");
    expect(await keys.get("anthropic")).toBeNull();
    expect([...secrets.keys()]).toEqual(["agentTeam.approverKey.a1", "agentTeam.apiKey.local-box"]);
  });

  it("are told from other secrets by their names", () => {
    expect(endpointOf("agentTeam.apiKey.anthropic")).toBe("anthropic");
    expect(endpointOf("agentTeam.apiKey.Not One")).toBeNull();
    expect(endpointOf("agentTeam.approverKey.a1")).toBeNull();
  });
});
