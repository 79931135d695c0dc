import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attachmentSchema } from "../../../../agent-host/protocol/attachment.ts";
import { mentionsIn } from "../../../../agent-host/protocol/mentions.ts";

const paths = (goal: string): string[] =>
  mentionsIn(goal).attachments.map((each) => {
    if (each.kind === "file" && each.lines !== undefined)
      return `${each.path}#${each.lines.from}-${each.lines.to}`;
    return each.kind === "file" ? each.path : each.kind === "folder" ? `${each.path}/` : `@${each.kind}`;
  });

describe("mentionsIn", () => {
  it.each([
    ["Fix @src/app.ts", ["src/app.ts"]],
    ["Fix @./src/app.ts, @README.md.", ["src/app.ts", "README.md"]],
    ["(see @src/app.ts)", ["src/app.ts"]],
    ["Move @src/web/ to @lib/", ["src/web/", "lib/"]],
    ["All of @./ please", ["./"]],
    ['Fix @"my notes/to do.md" now', ["my notes/to do.md"]],
    ['Fix @"Makefile"', ["Makefile"]],
    ["Fix @my\\ notes/a.md", ["my notes/a.md"]],
    ["Fix @src\\win\\a.ts", ["src/win/a.ts"]],
    ["Fix @src/a.ts:10-20 and @src/a.ts:7", ["src/a.ts#10-20", "src/a.ts#7-7"]],
    ['Fix @"a b.ts":3-4', ["a b.ts#3-4"]],
    ["Look at @src/a.ts: it is slow", ["src/a.ts"]],
    ["Is it @src/a.ts?", ["src/a.ts"]],
    ["@src/app/[id]/page.tsx [@src/b.ts]", ["src/app/[id]/page.tsx", "src/b.ts"]],
    ["@img/a@2x.png @.env @.github/", ["img/a@2x.png", ".env", ".github/"]],
    ["@größe/日本.md", ["größe/日本.md"]],
    ["@src/a.ts and again @src/a.ts", ["src/a.ts"]],
    ["Review @diff", ["@diff"]],
    ["@/etc/passwd @../secret.txt", ["/etc/passwd", "../secret.txt"]],
  ])("finds what %j points at", (goal, expected) => {
    expect(paths(goal)).toEqual(expected);
    expect(mentionsIn(goal).goal).toBe(goal);
  });

  it.each([
    "Write to me@example.com or a.b@c.d/e",
    "Ask @alice about it",
    "Use @Component and @property",
    'Add @app.route("/users") there',
    "Keep `@src/app.ts` as it is",
    "```ts\n@Injectable()\n@foo/bar\nclass A {}\n```",
    "~~~\n@foo/bar.ts\n~~~",
    "```\n@never/closed.ts",
    "Match @src/*.ts",
    "a @ b @, @. @.. @",
  ])("takes nothing in %j for a mention", (goal) => {
    expect(mentionsIn(goal).attachments).toEqual([]);
  });

  it("tells that the problems are meant, which only an editor knows", () => {
    expect(mentionsIn("Fix @problems.")).toMatchObject({ attachments: [], problems: true });
    expect(mentionsIn("Fix problems, @problemset/a").problems).toBe(false);
    expect(mentionsIn("```\n@problems\n```\nafter @src/a.ts")).toMatchObject({
      problems: false,
      attachments: [{ kind: "file", path: "src/a.ts" }],
    });
  });

  it("answers any text with attachments that the protocol takes, in time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        for (const each of mentionsIn(`@${text} @a/${text}`).attachments) attachmentSchema.parse(each);
      }),
      { numRuns: 500 },
    );
    const started = performance.now();
    for (const hostile of [
      "@a/".repeat(6_000),
      "`".repeat(20_000),
      '@"'.repeat(10_000),
      "```\n".repeat(5_000),
    ])
      mentionsIn(hostile);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
