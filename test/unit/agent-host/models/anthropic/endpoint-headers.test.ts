import { describe, expect, it } from "vitest";
import { credentialsOf, safeWords } from "../../../../../agent-host/models/anthropic/endpoint-headers.ts";
import type { EndpointSettings } from "../../../../../agent-host/models/endpoint.ts";

const endpoint: EndpointSettings = {
  name: "local",
  baseUrl: "http://localhost:1",
  auth: "none",
  headers: {},
  can: { countTokens: false, thinking: false, cache: false, effort: false },
  key: () => "sk-secret",
};

describe("the headers of a call", () => {
  it("hold no key where the endpoint wants none, and ask for none", () => {
    const { headers, secrets } = credentialsOf({ ...endpoint, key: () => expect.fail("asked for the key") });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(["x-api-key"]));
    expect(headers).not.toHaveProperty("authorization");
    expect(secrets).toEqual([]);
  });

  it("take an endpoint's own headers, and know which of them are secret", () => {
    const own = { "X-Gateway-Token": "gateway-secret", "X-Team": "platform" };
    const { headers, secrets } = credentialsOf({ ...endpoint, auth: "bearer", headers: own });
    expect(headers).toMatchObject({ "x-gateway-token": "gateway-secret", "x-team": "platform" });
    expect(headers.authorization).toBe("Bearer sk-secret");
    expect(secrets).toEqual(["sk-secret", "gateway-secret"]);
  });
});

describe("words of a server", () => {
  it("are shown in one line, bounded, without secrets in any usual form", () => {
    const secret = "sk-a/b+c";
    const said = `bad\n\u0000key ${secret} ${encodeURIComponent(secret)} ${Buffer.from(secret).toString("base64")}`;
    expect(safeWords(said, [secret])).toBe("bad key [hidden] [hidden] [hidden]");
    expect(safeWords("x".repeat(900), [])).toHaveLength(501);
  });

  it("cannot be cut so that a part of a secret is left", () => {
    const secret = "sk-0123456789";
    expect(safeWords(`${"x".repeat(495)}${secret}`, [secret])).not.toContain("sk-0");
  });
});
