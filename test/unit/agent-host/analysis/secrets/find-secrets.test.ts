import { createHash, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findSecrets } from "../../../../../agent-host/analysis/secrets/find-secrets.ts";
import { findingSchema } from "../../../../../agent-host/protocol/finding.ts";

function find(text: string, path = "src/app.ts") {
  return findSecrets({ path, text, language: "text", bytes: Buffer.byteLength(text) });
}

function kinds(text: string, path?: string) {
  return find(text, path).map((found) => `${found.severity} ${found.ruleId.replace("security/secret-", "")}`);
}

/** Random-looking characters, the same in each run; made here so that no file holds anything like a secret. */
function noise(
  length: number,
  alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
  seed = "s",
): string {
  let text = "";
  for (let block = 0; text.length < length; block += 1) {
    for (const byte of createHash("sha512").update(`${seed}${block}`).digest())
      text += alphabet[byte % alphabet.length];
  }
  return text.slice(0, length);
}

const hex = "0123456789abcdef";
const digits = "0123456789";

function githubToken(): string {
  const body = noise(30);
  let crc = 0xffffffff;
  for (const byte of Buffer.from(body)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  const base62 = `${digits}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz`;
  let checksum = "";
  for (let index = 0; index < 6; index += 1) {
    checksum = base62.charAt(rest % 62) + checksum;
    rest = Math.floor(rest / 62);
  }
  return ["gh", "p_", body, checksum].join("");
}

function jwt(payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [part({ alg: "HS256", typ: "JWT" }), part(payload), noise(43)].join(".");
}

const privateKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

describe("tokens of known shape", () => {
  const tokens: [string, string][] = [
    ["AWS", ["AK", "IA", noise(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")].join("")],
    ["GitHub", githubToken()],
    ["GitHub fine-grained", ["github", "_pat_", noise(22), "_", noise(59)].join("")],
    ["GitLab", ["glp", "at-", noise(20)].join("")],
    ["Slack", ["xo", "xb-", noise(12, digits), "-", noise(12, digits), "-", noise(24)].join("")],
    [
      "Slack webhook",
      [
        "https://hooks.",
        "slack.com/services/T",
        noise(9, digits),
        "/B",
        noise(9, digits),
        "/",
        noise(24),
      ].join(""),
    ],
    ["Stripe", ["sk_", "live_", noise(24)].join("")],
    ["Anthropic", ["sk-", "ant-", "api03-", noise(93), "AA"].join("")],
    ["OpenAI", ["sk-", "proj-", noise(40), "T3Blbk", "FJ", noise(40)].join("")],
    ["npm", ["np", "m_", noise(36)].join("")],
    ["PyPI", ["py", "pi-AgEIcHlwaS5vcmc", noise(80)].join("")],
    ["SendGrid", ["S", "G.", noise(22), ".", noise(43)].join("")],
    ["Telegram", [noise(9, "123456789"), ":", "AA", noise(33)].join("")],
    ["Azure", ["Account", "Key=", noise(86), "=="].join("")],
    ["DigitalOcean", ["dop", "_v1_", noise(64, hex)].join("")],
  ];

  test.each(tokens)("%s is an error, a warning in a test, and never shown", (_, token) => {
    const [found, ...others] = find(`const a = 1;\nconst x = "${token}";\n`);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      ruleId: "security/secret-token",
      severity: "error",
      range: { startLine: 2 },
    });
    expect(JSON.stringify(found)).not.toContain(token.slice(0, 12));
    expect(kinds(`x = "${token}"`, "test/a.test.ts")).toEqual(["warning token"]);
  });

  test("Google's key and a live JWT are warnings", () => {
    expect(kinds(`k = "${["AI", "za", noise(35)].join("")}"`)).toEqual(["warning token"]);
    expect(kinds(`k = "${jwt({ sub: "42", role: "service_role" })}"`)).toEqual(["warning token"]);
  });

  test.each([
    ['VITE_CONFIG=\'{"apiKey":"KEY","authDomain":"x.firebaseapp.com"}\'', ".env"],
    ['initializeApp({\n  apiKey: "KEY",\n  messagingSenderId: "1",\n})', "src/firebase.ts"],
    ["NEXT_PUBLIC_MAPS=KEY", ".env.production"],
  ])("Google's key in a web page is public by design: %s", (text, path) => {
    const [found, ...others] = find(text.replace("KEY", ["AI", "za", noise(35)].join("")), path);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ ruleId: "security/secret-token", severity: "info" });
    expect(found?.remedy).toContain("referrer");
  });

  test.each<[string, string]>([
    ["the documented AWS example", ["AKIA", "IOSFODNN7", "EXAMPLE"].join("")],
    ["a wrong GitHub checksum", ["gh", "p_", noise(36, undefined, "other")].join("")],
    ["a stand-in", ["gl", "pat-", "x".repeat(20)].join("")],
    ["a sequence", ["sk_", "live_", "abcdefghijklmnopqrstuvwx"].join("")],
    ["the well-known JWT", jwt({ sub: "1234567890", name: "John Doe" })],
    ["a public JWT", jwt({ role: "anon" })],
    ["a JWT-like word", ["eyJ", noise(30), ".eyJ", noise(30), ".", noise(30)].join("")],
    ["Base64 around it", `${noise(40)}${["AI", "za", noise(35)].join("")}${noise(40)}`],
  ])("%s is silent", (_, text) => {
    expect(kinds(`value: "${text}"`)).toEqual([]);
  });
});

describe("private keys", () => {
  test("count with a real body, also inside a string", () => {
    expect(kinds(privateKey, "deploy/server.pem")).toEqual(["error private-key"]);
    expect(kinds(JSON.stringify({ key: privateKey }), "service.json")).toEqual(["error private-key"]);
    expect(kinds(privateKey, "tests/certs/server.key")).toEqual(["info private-key"]);
  });

  test("are silent where only the words stand", () => {
    const begin = ["-----BEGIN ", "PRIVATE KEY-----"].join("");
    expect(kinds(`if (text.startsWith("${begin}")) parse(text, "-----END ");`)).toEqual([]);
    expect(kinds(`${begin}\n...\n-----END PRIVATE KEY-----`)).toEqual([]);
    expect(kinds(`${begin}\n${"A".repeat(80)}\n-----END PRIVATE KEY-----`)).toEqual([]);
  });
});

describe("connection addresses", () => {
  const password = noise(12);

  test.each([
    `postgres://app:${password}@db.corp.io:5432/app`,
    `mongodb+srv://u:${password}@c0.mongodb.net`,
    `redis://:${password}@cache.corp.io`,
  ])("%# with a real password is an error", (address) => {
    expect(kinds(`const url = "${address}";`)).toEqual(["error in-url"]);
  });

  test.each([
    "postgres://postgres:postgres@db.corp.io/app",
    `postgres://app:${password}@localhost:5432/app`,
    "postgres://user:password@host:5432/db",
    "mysql://root:root@mysql/test",
    `postgres://app:\${PASSWORD}@db.corp.io/app`,
    "postgres://app:{password}@{host}/app",
    "https://user:pass@example.com/",
    "http://a.b/c?d=e:f@g",
    "git+https://github.com/a/b.git",
  ])("%s is silent", (address) => {
    expect(kinds(`url = "${address}"`)).toEqual([]);
  });
});

describe("assigned credentials", () => {
  const value = ["q7Vz", "R2mK9", "xL4pT8", "wB3n"].join("");

  test.each<[string, string]>([
    [`const dbPassword = "${value}";`, "src/a.ts"],
    [`{ "client_secret": "${value}" }`, "config.json"],
    [`api_key: ${value}`, "values.yaml"],
    [`AUTH_TOKEN=${value}`, ".env"],
    [`headers["x-api-key"] = '${value}'`, "a.js"],
    [`SECRET_KEY = '${value}'`, "settings.py"],
  ])("%s in %s is a warning", (text, path) => {
    expect(kinds(`${text}\n`, path)).toEqual(["warning assignment"]);
  });

  test.each<[string, string]>([
    ["const password = process.env.PASSWORD;", "a.ts"],
    ["password: string;", "a.ts"],
    ['const password = "changeme123";', "a.ts"],
    ['passwordLabel = "Enter1Password2Now"', "a.ts"],
    ['"forgotPassword": "Passwort2vergessen9x"', "de.json"],
    [['token = "$', '{TOKEN}"'].join(""), "a.sh"],
    ['const tokenUrl = "https://a1b2.c3/d4e5f6g7h8";', "a.ts"],
    ['secret: "550e8400-e29b-41d4-a716-446655440000"', "a.ts"],
    ['const apiKeyHeader = "X-Api-Key-2024-V1a";', "a.ts"],
    [`const password = "${value}" + suffix;`, "a.ts"],
    ['token: "oauth2-refresh-token-v2"', "a.ts"],
    [`const apiKey = "${value}";`, "test/a.test.ts"],
    [`const apiKey = "${value}";`, "docs/guide.md"],
    ["password = os.environ['DB_PASSWORD']", "a.py"],
    ["secretName: app-secret-v1a2", "values.yaml"],
    [`"password": "${noise(64, hex)}"`, "users.json"],
    [`algolia: { appId: "A1", apiKey: "${noise(32, hex)}", indexName: "docs" }`, "docusaurus.config.ts"],
    ["token === 'abc1234567890def'", "a.ts"],
    [`var a="${"x".repeat(1_500)}",apiKey="${value}";${"y".repeat(1_500)}`, "lib.js"],
  ])("%s in %s is silent", (text, path) => {
    expect(kinds(`${text}\n`, path)).toEqual([]);
  });
});

describe("all findings", () => {
  test("are valid, differ in fingerprint, and keep it when lines move", () => {
    const one = githubToken();
    const text = `a = "${one}"\nb = "${one}"\n`;
    const found = find(text);
    for (const each of found) findingSchema.parse(each);
    expect(new Set(found.map((each) => each.fingerprint)).size).toBe(2);
    expect(find(`\n\n${text}`).map((each) => each.fingerprint)).toEqual(
      found.map((each) => each.fingerprint),
    );
  });

  test("are at most a hundred", () => {
    expect(find(`a = "${githubToken()}"\n`.repeat(300))).toHaveLength(100);
  });

  test.each([
    "password=".repeat(40_000),
    "://a:".repeat(80_000),
    `://${"a:".repeat(160_000)}`,
    "-----BEGIN PRIVATE KEY-----\n".repeat(6_000),
    "eyJ".repeat(130_000),
    `eyJ${"a.eyJ".repeat(60_000)}`,
    "ghp_".repeat(100_000),
    `token: "${"a-".repeat(200_000)}`,
    "1234567890:AA".repeat(30_000),
  ])("come in linear time from hostile text %#", (text) => {
    const start = process.cpuUsage();
    find(text);
    const { user } = process.cpuUsage(start);
    expect(user / 1_000).toBeLessThan(2_000);
  });

  test("come from any text without a throw", () => {
    const word = fc.constantFrom(
      "password = '",
      "://u:",
      "@h.io",
      "AKIA",
      "-----BEGIN ",
      "PRIVATE KEY-----",
      "-----END ",
      "eyJ",
      ".",
      ":AA",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string())), (parts) => {
        for (const found of find(parts.join(""))) findingSchema.parse(found);
      }),
    );
  });
});
