import type { SeverityCounts } from "./finding.ts";
import type { Phase } from "./phase.ts";
import type { AgentType, Usage } from "./task.ts";

// How numbers, times and names look, in one place for the editor's trees and its webviews. No schemas are
// imported here: webviews carry this file.

/** `<1s`, `4s`, `1m 02s`, `1h 04m`. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1_000);
  if (seconds < 1) return "<1s";
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${twoDigits(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
}

/** Time between two ISO times, or up to `nowMs` while there is no end. */
export function formatElapsed(from: string, to: string | null, nowMs: number): string {
  return formatDuration((to === null ? nowMs : Date.parse(to)) - Date.parse(from));
}

/** Hours and minutes of a day in the reader's time zone: `14:02`. */
export function formatTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(
    new Date(iso),
  );
}

/** With seconds, for a stamp such as "As of 14:13:42". */
export function formatTimeWithSeconds(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(new Date(iso));
}

/** The day in words for a week ("Today", "Yesterday", "Friday"), then the date. */
export function formatDay(iso: string, now: Date, locale: string): string {
  const day = new Date(iso);
  const daysAgo = Math.round((startOfDay(now) - startOfDay(day)) / 86_400_000);
  if (daysAgo === 0 || daysAgo === 1) {
    const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-daysAgo, "day");
    return words.charAt(0).toLocaleUpperCase(locale) + words.slice(1);
  }
  if (daysAgo > 1 && daysAgo < 7) return new Intl.DateTimeFormat(locale, { weekday: "long" }).format(day);
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" }).format(day);
}

/** Whole numbers with the reader's grouping: `4,180`. */
export function formatCount(count: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(count);
}

/** `812`, `412k`, `1.5M`. */
export function formatTokens(tokens: number): string {
  if (tokens < 1_000) return String(tokens);
  if (tokens < 999_500) return `${Math.round(tokens / 1_000)}k`;
  return `${(tokens / 1_000_000).toFixed(1).replace(/\.0$/, "")}M`;
}

/** `$1.84`; under a cent `<$0.01`; tokens and "no price" where none is known; "" for work without a model. */
export function formatUsage(usage: Usage, noPrice: string): string {
  const tokens = usage.inputTokens + usage.outputTokens;
  if (tokens === 0 && (usage.costUsd ?? 0) === 0) return "";
  if (usage.costUsd === null) return `${formatTokens(tokens)} · ${noPrice}`;
  return usage.costUsd < 0.01 ? "<$0.01" : `$${usage.costUsd.toFixed(2)}`;
}

/** Number of all findings. */
export function totalFindings(counts: SeverityCounts): number {
  return counts.error + counts.warning + counts.info;
}

/** Replaces `{0}`, `{1}`, … in a word of the display language. */
export function fill(template: string, ...values: readonly (string | number)[]): string {
  return template.replace(/\{(\d)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}

/** Names as written everywhere; they are names, hence not translated. */
export const agentNames: Readonly<Record<AgentType, string>> = {
  "team-leader": "TeamLeader",
  research: "Research",
  "codebase-analyzer": "CodeBaseAnalyzer",
  "front-end-coder": "Front-end coder",
  "back-end-coder": "Back-end coder",
  reviewer: "Reviewer",
  tester: "Tester",
};

/** Codicon of each agent. Agents have icons, not colours. */
export const agentIcons: Readonly<Record<AgentType, string>> = {
  "team-leader": "type-hierarchy",
  research: "globe",
  "codebase-analyzer": "search",
  "front-end-coder": "browser",
  "back-end-coder": "server",
  reviewer: "eye",
  tester: "beaker",
};

/** The ten phases in order. */
export const phaseNames: readonly Phase[] = [
  "initialization",
  "requirements",
  "research",
  "analysis",
  "design",
  "planning",
  "implementation",
  "review",
  "verification",
  "delivery",
];

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
