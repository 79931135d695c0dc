import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** For the people who run the host. Never the audit: that is the journal. */
export interface Logger {
  log(level: LogLevel, message: string, details?: Record<string, unknown>): void;
}

export interface FileLoggerOptions {
  readonly file: string;
  readonly minLevel: LogLevel;
  readonly now: () => Date;
  /** Takes secrets out of a line. */
  readonly redact?: (text: string) => string;
  /** At this size the file becomes `<file>.1`, and that one is dropped. */
  readonly maxBytes?: number;
}

const order: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
const defaultMaxBytes = 5 * 1024 * 1024;

/** One JSON object a line, written at once: the last line before a crash is the one that counts. Never throws. */
export function fileLogger(options: FileLoggerOptions): Logger {
  const { file, now, maxBytes = defaultMaxBytes } = options;
  let size = sizeOf(file);
  return {
    log(level, message, details = {}) {
      if (order[level] < order[options.minLevel]) return;
      const text = JSON.stringify({ time: now().toISOString(), level, message, ...details });
      const line = `${options.redact?.(text) ?? text}\n`;
      try {
        if (size === null) {
          mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
          size = 0;
        }
        if (size + line.length > maxBytes) {
          renameSync(file, `${file}.1`);
          size = 0;
        }
        appendFileSync(file, line, { mode: 0o600 });
        size += line.length;
      } catch {
        // A full disk: the log is the first thing that may be lost, and there is nobody left to tell.
      }
    },
  };
}

/** What to log of anything thrown. */
export function errorDetails(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = (error as { code?: unknown }).code;
  return { error: error.message, stack: error.stack, ...(code === undefined ? {} : { code }) };
}

function sizeOf(file: string): number | null {
  try {
    return statSync(file).size;
  } catch {
    // Not there yet.
    return null;
  }
}
