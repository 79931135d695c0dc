import { describe, expect, it } from "vitest";
import { secretsIn } from "../../../../agent-host/security/redactor.ts";

describe("secrets among variables", () => {
  it.each([
    ...["ANTHROPIC_API_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DATABASE_PASSWORD", "PGPASSWORD"],
    ...["MYSQL_PWD", "SMTP_PASS", "REDISCLI_AUTH", "NPM_CONFIG__AUTH", "AZURE_STORAGE_CONNECTION_STRING"],
  ])("are told by their name: %s", (name) => {
    expect(secretsIn({ [name]: "canary-1" })).toEqual(["canary-1"]);
  });

  it.each([
    ...["PWD", "OLDPWD", "KEYBOARD", "MONKEY", "PATTERN", "XAUTHORITY", "SSH_AUTH_SOCK", "AUTHOR"],
    ...["APPROVER_KEY_FILE", "TOKEN_URL"],
  ])("are not what only sounds like them: %s", (name) => {
    expect(secretsIn({ [name]: "/home/ann" })).toEqual([]);
  });

  it("are passwords in addresses, as they stand there and as they are meant", () => {
    const url = "postgres://app:p%40ss-word@db.example/app";
    expect(secretsIn({ DATABASE_URL: url })).toEqual([url, "p%40ss-word", "p@ss-word"]);
    expect(secretsIn({ DOCS_URL: "https://docs.example/a:b@c" })).toEqual([]);
  });
});
