import type { Command } from "./command.ts";

/** Reads the newest entries of all folders. */
export const refreshAuditLog: Command = async ({ audit }) => await audit.load();

/** Reads the entries before the oldest shown one. */
export const showEarlierEntries: Command = async ({ audit }) => await audit.loadEarlier();
