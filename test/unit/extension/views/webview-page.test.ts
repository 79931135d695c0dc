import { describe, expect, it } from "vitest";
import { webviewPageHtml } from "../../../../extension/views/webview-page.ts";

const html = webviewPageHtml({
  id: "team",
  cspSource: "https://*.vscode-cdn.net",
  nonce: "abc123",
  scriptUri: "https://x/team.js",
  styleUris: ["https://x/codicon.css", "https://x/team.css"],
  locale: "en",
  title: "Team",
  kept: `{"draft":""><b>"}`,
  words: { run: `"><script>alert(1)</script>`, cancel: "it's & <b>" },
});

describe("webviewPageHtml", () => {
  it("allows nothing but its own styles, fonts and the one script with the nonce", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy?.replaceAll("&#39;", "'")).toBe(
      "default-src 'none'; style-src https://*.vscode-cdn.net; font-src https://*.vscode-cdn.net; script-src 'nonce-abc123'; base-uri 'none'; form-action 'none'",
    );
  });

  it("has one script element, with the nonce, and none inline", () => {
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('<script type="module" nonce="abc123" src="https://x/team.js"></script>');
    expect(html).not.toMatch(/ on[a-z]+=|style=/);
  });

  it("hands over words that look like markup as text", () => {
    const words = /data-words="([^"]*)"/.exec(html)?.[1] ?? "";
    const text = words.replace(/&#(\d+);/g, (_whole, code) => String.fromCharCode(Number(code)));
    expect(JSON.parse(text).run).toBe(`"><script>alert(1)</script>`);
  });
});
