import { expect, it } from "vitest";
import { looksSecret } from "../../../../agent-host/workspace/secret-names.ts";

it.each([
  ".env",
  "api/.env.local",
  ".env.production",
  ".env.test.local",
  "certs/server.key",
  "id_rsa",
  ".ssh/config",
  ".npmrc",
  "secrets.yaml",
  "config/credentials.json",
  "google-service-account-1.json",
  "prod.tfvars",
  "CERTS/Server.PEM",
])("takes %s for a secret", (path) => {
  expect(looksSecret(path)).toBe(true);
});

it.each([
  ".env.test",
  ".env.example",
  "api/.env.ci",
  "keyboard.ts",
  "src/secretary.ts",
  "public.css",
  "data/seed.sqlite",
])("takes %s for what it is", (path) => {
  expect(looksSecret(path)).toBe(false);
});
