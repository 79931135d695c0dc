import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Redactor, redactedMark, secretsIn } from "../../../../agent-host/security/redactor.ts";

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

describe("text that comes in pieces", () => {
  const secrets = ["hunter2-hunter2", "hunter2-hunter2-and-more", "more-to-hide", "aaaaaaaa"];

  function streamed(pieces: readonly string[]): { told: string; whole: string } {
    const redactor = new Redactor();
    for (const secret of secrets) redactor.add(secret);
    const told: string[] = [];
    const tell = redactor.stream((text) => told.push(text));
    for (const piece of pieces) tell(piece);
    return { told: told.join(""), whole: redactor.redact(pieces.join("")) };
  }

  it("holds no secret, wherever it is cut", () => {
    const word = fc.constantFrom(...secrets, "a", "hunter2", "more", " and ", "-", btoa("more-to-hide"));
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), cuts, (words, lengths) => {
        let rest = words.join("");
        const pieces: string[] = [];
        for (let turn = 0; rest !== ""; turn += 1) {
          const length = lengths[turn % lengths.length] ?? 1;
          pieces.push(rest.slice(0, length));
          rest = rest.slice(length);
        }
        const { told, whole } = streamed(pieces);
        for (const secret of secrets) expect(told).not.toContain(secret);
        expect(whole.startsWith(told)).toBe(true);
      }),
    );
  });

  it("comes at once where it cannot be the beginning of a secret", () => {
    expect(streamed(["The key is h", "idden. "]).told).toBe("The key is hidden. ");
    expect(streamed(["It is hunter2-", "hunter2, said he"]).told).toBe(`It is ${redactedMark}, said he`);
    expect(streamed(["It is hunter2-hunter2"]).told).toBe("It is ");
  });
});
