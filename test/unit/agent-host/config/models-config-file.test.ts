import { describe, expect, it } from "vitest";
import { profileNames } from "../../../../agent-host/config/models-config.ts";
import { parseModelsConfig, readModelsConfig } from "../../../../agent-host/config/models-config-file.ts";
import { endpointProfiles } from "../../../../agent-host/models/catalogue/endpoint-profiles.ts";

const parse = (text: string) => parseModelsConfig(Buffer.from(text));
const faultOf = (text: string) => {
  const parsed = parse(text);
  return parsed.kind === "refused" ? parsed.fault : null;
};

describe("config.yaml", () => {
  it("holds provider, models and endpoints", () => {
    const parsed = parse(`format: 1
provider: vscode
models:
  default: claude-sonnet-5-5
  agents: { team-leader: claude-opus-5-5 }
  fallback: [claude-haiku-5-5]
  details: { "local:q": { contextTokens: 32768, maxOutputTokens: 8192 } }
endpoints:
  local:
    profile: ollama
    baseUrl: "http://localhost:11434"
    key: { env: MY_KEY }
    headers: { x-team: blue, x-secret: { env: MY_HEADER } }
    can: { cache: true }
    allowInsecure: false
`);
    expect(parsed).toMatchObject({
      kind: "ok",
      value: {
        provider: "vscode",
        endpoints: { local: { key: { env: "MY_KEY" }, headers: { "x-secret": { env: "MY_HEADER" } } } },
      },
    });
  });

  it.each([
    ["format: 2\n", 1, "format"],
    ["format: 1\nmodel: x\n", 2, "model"],
    ["format: 1\nmodels:\n  agents: { coder: x }\n", 3, "models.agents.coder"],
    ["format: 1\nmodels:\n  default: a b\n", 3, "models.default"],
    ["format: 1\nmodels:\n  details:\n    x: { price: { input: -1 } }\n", 4, "models.details.x.price.input"],
    ["format: 1\nendpoints:\n  Local: {}\n", 3, "endpoints.Local"],
    ["format: 1\nendpoints:\n  vscode: {}\n", 3, "endpoints.vscode"],
    ["format: 1\nendpoints:\n  a: { profile: openai }\n", 3, "endpoints.a.profile"],
    ["format: 1\nendpoints:\n  a: { headers: { Host: b } }\n", 3, "endpoints.a.headers.Host"],
    ['format: 1\nendpoints:\n  a: { headers: { x: "b\\nc" } }\n', 3, "endpoints.a.headers.x"],
    ["format: 1\nformat: 1\n", 2, ""],
    ["- format: 1\n", 1, ""],
  ])("is refused with line and place: %j", (text, line, path) => {
    expect(faultOf(text)).toMatchObject({ line, path });
  });

  it.each([
    "key: sk-ant-abc",
    "key: { env: sk-ant-abc }",
    "headers: { x-team: sk-ant-abc }",
    "headers: { x-team: Bearer abc }",
    "headers: { x-team: 0123456789abcdef0123456789abcdef }",
    "headers: { x-api-key: sk-ant-abc }",
    "headers: { Authorization: sk-ant-abc }",
    "headers: { Authorization: { env: X } }",
  ])("has no key in it, and does not repeat one that is: %j", (setting) => {
    const fault = faultOf(`format: 1\nendpoints:\n  a:\n    ${setting}\n`);
    expect(fault).toMatchObject({ line: 4 });
    expect(fault?.reason).toMatch(/key/);
    expect(JSON.stringify(fault)).not.toMatch(/sk-ant|Bearer abc|abcdef/);
  });

  it("names the profiles that there are", () => {
    expect([...profileNames].sort()).toEqual(Object.keys(endpointProfiles).sort());
  });

  it("may be absent, and must be a file", async () => {
    expect(await readModelsConfig("/nowhere/config.yaml")).toEqual({ format: 1 });
    await expect(readModelsConfig("/")).rejects.toMatchObject({ code: "config.invalid" });
  });
});
