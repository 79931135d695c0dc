import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../agent-host/core/clock.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { badCallMark } from "../../../../agent-host/protocol/conversation.ts";
import { decideConnection } from "../../../../agent-host/security/access/decide-connection.ts";
import type { PageOutcome } from "../../../../agent-host/security/network/page-fetch.ts";
import { webFetchTool } from "../../../../agent-host/tools/web-fetch.ts";
import { prepareTool, useTool } from "../../../support/task-tree.ts";

const context = { folder: "/nowhere", isWritable: false, taskId: "t-1", onOutput: () => undefined };

function tool(
  outcome: Partial<Extract<PageOutcome, { kind: "page" }>> | Exclude<PageOutcome, { kind: "page" }>,
) {
  const asked: string[] = [];
  const made = webFetchTool({
    clock: systemClock,
    fetchPage: async (url) => {
      asked.push(url);
      const page = {
        kind: "page",
        url,
        status: 200,
        mediaType: "text/plain",
        text: "hello",
        isCut: false,
      } as const;
      return { ...page, ...outcome } as PageOutcome;
    },
    toMarkdown: async ({ html }) => {
      if (html === "bomb") throw new HostError("analysis.tooSlow", "too slow");
      return { title: "A page", markdown: `# ${html}` };
    },
  });
  return { asked, fetch: (input: object) => useTool(made, input, context), made };
}

describe("web_fetch", () => {
  it("says where it will connect, as the parser of URLs writes it, and asks nobody before", async () => {
    const { made, asked } = tool({});
    expect(
      await prepareTool(made, { url: "HTTPS://ExAmple.org:443/a/../b?q=ä#part" }, context),
    ).toMatchObject({
      access: { kind: "connect", url: "https://example.org/b?q=%C3%A4", host: "example.org" },
      check: { kind: "repeatable" },
      facts: ["get: https://example.org/b?q=%C3%A4"],
    });
    expect(asked).toEqual([]);
  });

  it("is judged as it names itself, also with a port of its own", async () => {
    const { made } = tool({});
    const call = await prepareTool(made, { url: "https://example.org:8443/" }, context);
    const scope = { paths: ["**"], commands: [], hosts: ["example.org:8443"], maxFiles: 1, maxLines: 1 };
    const access = "access" in call && call.access.kind === "connect" ? call.access : null;
    expect(access).not.toBeNull();
    if (access === null) return;
    const rules = { scope, taskPaths: [], controlPlane: [], assurance: "sandboxed", granted: [] } as const;
    expect(decideConnection(access, { ...rules, isTainted: false })).toMatchObject({ kind: "allow" });
  });

  it.each([
    ["file:///etc/passwd"],
    ["ftp://x.org/"],
    ["https://a:b@x.org/"],
    ["http://"],
    ["javascript:alert(1)"],
  ])("calls %s a bad call", async (url) => {
    const { fetch, asked } = tool({});
    expect((await fetch({ url })).text.startsWith(badCallMark)).toBe(true);
    expect(asked).toEqual([]);
  });

  it("shows text as it is, and HTML as Markdown", async () => {
    expect(await tool({}).fetch({ url: "x.org" })).toEqual({
      text: "[https://x.org/, status 200]\nhello",
      isError: false,
    });
    expect(
      (await tool({ mediaType: "text/html", text: "Hi" }).fetch({ url: "https://x.org" })).text,
    ).toContain("Title: A page\n\n# Hi");
    expect(
      (await tool({ mediaType: "application/vnd.api+json", text: "{}" }).fetch({ url: "https://x.org" }))
        .text,
    ).toMatch(/\n\{\}$/);
  });

  it.each([
    [{ kind: "redirect", to: "https://y.org/z" } as const, "call web_fetch with https://y.org/z"],
    [{ kind: "refused", reason: "it is a private address" } as const, "it is a private address"],
    [{ mediaType: "image/png" }, "is image/png, which is no text"],
    [{ mediaType: "text/html", text: "bomb" }, "could not be made readable: too slow"],
    [{ status: 404, text: "none" }, "status 404]\nnone"],
  ])("tells what came instead: %j", async (outcome, words) => {
    const { text, isError } = await tool(outcome).fetch({ url: "https://x.org" });
    expect(isError).toBe(true);
    expect(text).toContain(words);
  });

  it("gives a long page in parts, and gets it once", async () => {
    const whole = "é".repeat(70_000);
    const { fetch, asked } = tool({ text: whole, isCut: true });
    let read = "";
    for (let offset = 0; ; ) {
      const { text } = await fetch({ url: "https://x.org", offset });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32_768);
      read += text.replace(/\n\[[^[]*\]$/, "");
      const next = /go on with offset (\d+)\]$/.exec(text)?.[1];
      if (next === undefined) {
        expect(text).toMatch(/\[the page is longer; the rest was not read\]$/);
        break;
      }
      offset = Number(next);
    }
    expect(read).toBe(`[https://x.org/, status 200]\n${whole}`);
    expect(asked).toHaveLength(1);
  });
});
