import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../core/host-error.ts";

const namePattern = /^(\d{6,15})\.jsonl$/;

/** File name of a segment: `000001.jsonl` for 1. */
export function segmentName(segment: number): string {
  return `${String(segment).padStart(6, "0")}.jsonl`;
}

/** The number in a segment's file name; null for any other name. */
export function segmentNumber(name: string): number | null {
  const digits = namePattern.exec(name)?.[1];
  if (digits === undefined) return null;
  const segment = Number(digits);
  return segmentName(segment) === name && segment > 0 ? segment : null;
}

/** The folder of the segments within a workspace's state folder. */
export function journalFolder(directory: string): string {
  return join(directory, "journal");
}

/** Numbers of all segments on disk, ascending. None when the folder is missing. */
export async function listSegments(folder: string): Promise<number[]> {
  try {
    const names = await readdir(folder);
    const segments = names.map(segmentNumber).filter((segment) => segment !== null);
    return segments.sort((a, b) => a - b);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}
