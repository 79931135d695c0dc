import type { Outline } from "./markdown-outline.ts";

/** The anchors of a Markdown document in lower case: of its headings, as code hosts make them, and its own ids. */
export function anchorsOf(outline: Outline): Set<string> {
  const anchors = new Set<string>();
  const counts = new Map<string, number>();
  for (const heading of outline.headings) {
    const own = /\{#([\w-]+)\}\s*$/.exec(heading.text)?.[1];
    if (own !== undefined) anchors.add(own.toLowerCase());
    for (const slug of slugsOf(heading.text)) {
      const count = counts.get(slug) ?? 0;
      counts.set(slug, count + 1);
      anchors.add(count === 0 ? slug : `${slug}-${count}`);
    }
  }
  for (const line of outline.lines) {
    for (const match of line.text.matchAll(/\s(?:id|name)\s*=\s*["']([^"']+)["']/g))
      anchors.add((match[1] ?? "").toLowerCase());
  }
  return anchors;
}

/** Hosts differ in what becomes of emoji, underscores and runs of hyphens; any of the usual forms will do. */
function slugsOf(heading: string): Set<string> {
  const base = heading
    .toLowerCase()
    .replaceAll(/:[\w+-]+:/g, "")
    .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
    .trim();
  const strict = heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, "");
  const forms = [
    base.replaceAll(/\s/g, "-"),
    strict.replaceAll(/\s/g, "-"),
    base.replaceAll(/\s+/g, "-").replaceAll(/-+/g, "-"),
  ];
  return new Set([...forms, ...forms.map((form) => form.replaceAll("_", ""))]);
}
