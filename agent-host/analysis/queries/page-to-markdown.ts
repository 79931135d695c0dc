import TurndownService from "turndown";
import type { PageAnswer, PageQuery } from "./query.ts";

// Nothing that a person would see stands in these.
const unseen = [
  ...[
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "embed",
    "canvas",
    "link",
    "meta",
    "head",
  ],
  ...["dialog", "datalist", "audio", "video", "map"],
] as const;

const hiddenStyle =
  /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|font-size\s*:\s*0)/i;
const maxAddressCharacters = 500;

/** What a person reads on a page, as Markdown: what is hidden is left out, addresses are made whole. */
export function pageToMarkdown({ html, url }: PageQuery): PageAnswer {
  const service = new TurndownService({
    headingStyle: "atx",
    codeBlockStyle: "fenced",
    bulletListMarker: "-",
  });
  service.remove((node) => unseenNames.has(node.nodeName.toLowerCase()) || isHidden(node));
  service.addRule("links", {
    filter: "a",
    replacement: (content, node) => link(content, (node as Element).getAttribute("href"), url),
  });
  service.addRule("pictures", {
    filter: ["img"],
    replacement: (_content, node) => picture((node as Element).getAttribute("alt")),
  });
  service.addRule("cells", { filter: ["td", "th"], replacement: (content) => `${oneLine(content)} | ` });
  service.addRule("rows", { filter: "tr", replacement: (content) => `\n| ${content.trimEnd()}` });
  const markdown = service.turndown(html).replaceAll(/\n{3,}/g, "\n\n");
  return { title: titleOf(html), markdown };
}

const unseenNames: ReadonlySet<string> = new Set([...unseen, "svg", "math"]);

function isHidden(node: HTMLElement): boolean {
  if (typeof node.getAttribute !== "function") return false;
  return (
    node.hasAttribute("hidden") ||
    node.getAttribute("aria-hidden") === "true" ||
    (node.nodeName.toLowerCase() === "input" && node.getAttribute("type") === "hidden") ||
    hiddenStyle.test(node.getAttribute("style") ?? "")
  );
}

function link(content: string, href: string | null, base: string): string {
  const words = content.trim();
  if (words === "") return "";
  const address = href === null ? null : wholeAddress(href, base);
  return address === null ? words : `[${words}](${address})`;
}

function wholeAddress(href: string, base: string): string | null {
  if (href.startsWith("#") || !URL.canParse(href, base)) return null;
  const address = new URL(href, base);
  const isPage = address.protocol === "https:" || address.protocol === "http:";
  return isPage && address.href.length <= maxAddressCharacters ? address.href : null;
}

function picture(alt: string | null): string {
  const words = oneLine(alt ?? "").slice(0, 200);
  return words === "" ? "" : `[picture: ${words}]`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}

function titleOf(html: string): string {
  const title = /<title[^>]*>([^<]{0,500})/i.exec(html.slice(0, 200_000))?.[1] ?? "";
  return oneLine(title);
}
