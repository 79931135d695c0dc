import { describe, expect, it } from "vitest";
import { pageToMarkdown } from "../../../../../agent-host/analysis/queries/page-to-markdown.ts";

const markdownOf = (html: string): string =>
  pageToMarkdown({ kind: "page", html, url: "https://x.org/docs/a" }).markdown;

describe("pageToMarkdown", () => {
  it("keeps what a person reads", () => {
    const html = `<!doctype html><html><head><title> The
      page </title><style>p{}</style></head><body><h1>Head</h1><p>Some <b>bold</b> <a href="../b?c#d">link</a></p>
      <ul><li>one<li>two</ul><pre><code>a &lt; b
  c</code></pre><table><tr><th>k</th><th>v</th></tr><tr><td>1</td><td>2</td></tr></table></body></html>`;
    const page = pageToMarkdown({ kind: "page", html, url: "https://x.org/docs/a" });
    expect(page.title).toBe("The page");
    expect(page.markdown).toContain("# Head\n\nSome **bold** [link](https://x.org/b?c#d)");
    expect(page.markdown).toMatch(/-\s+one\n-\s+two/);
    expect(page.markdown).toContain("```\na < b\n  c\n```");
    expect(page.markdown).toMatch(/\| k \| v \|\n+\| 1 \| 2 \|/);
    expect(page.markdown).not.toContain("p{}");
  });

  it.each([
    "<script>EVIL</script>",
    "<style>EVIL</style>",
    "<noscript>EVIL</noscript>",
    "<template>EVIL</template>",
    "<!-- EVIL -->",
    "<iframe src=EVIL>EVIL</iframe>",
    "<div hidden>EVIL</div>",
    "<div style='color:red; display : none'>EVIL</div>",
    "<span style='font-size:0px'>EVIL</span>",
    "<span style='visibility:hidden'>EVIL</span>",
    "<div aria-hidden=true>EVIL</div>",
    "<svg><text>EVIL</text></svg>",
    "<a href='javascript:EVIL()'>x</a>",
    "<a href='data:text/html,EVIL'>x</a>",
    "<img src='https://y.org/EVIL'>",
    "<input type=hidden value=EVIL>",
  ])("leaves out %s", (html) => {
    expect(markdownOf(`<body><p>seen</p>${html}<p>end</p></body>`)).not.toContain("EVIL");
    expect(markdownOf(`<body><p>seen</p>${html}<p>end</p></body>`)).toContain("seen");
  });

  it("takes what is no HTML at all", () => {
    expect(markdownOf("")).toBe("");
    expect(markdownOf("plain < text & more")).toContain("plain");
  });
});
