import type { DuplicateTokens } from "../file-facts.ts";

/** Selected window hashes of one file and the token each window starts at. */
export interface Fingerprints {
  readonly hashes: Uint32Array;
  readonly positions: Uint32Array;
}

/** Tokens in one hashed window. */
export const windowTokens = 40;
// Winnowing (Schleimer 2003): of each so many neighbouring windows the smallest is kept, so that any common run of
// `windowTokens + neighbours - 1` tokens shares at least one fingerprint.
const neighbours = 11;
const base = 0x01000193;
const border = 0;

/** Fingerprints of all windows without a border inside. */
export function fingerprintsOf({ hashes: tokens }: DuplicateTokens): Fingerprints {
  const windows = hashWindows(tokens);
  const hashes: number[] = [];
  const positions: number[] = [];
  let last = -1;
  for (let start = 0; start + neighbours <= windows.length; start += 1) {
    const chosen = smallestOf(windows, start, last);
    if (chosen === last || chosen === -1) continue;
    last = chosen;
    hashes.push(windows[chosen] ?? 0);
    positions.push(chosen);
  }
  return { hashes: Uint32Array.from(hashes), positions: Uint32Array.from(positions) };
}

/** By start token; 0 for a window that has a border inside. */
function hashWindows(tokens: Uint32Array): Uint32Array {
  const windows = new Uint32Array(Math.max(0, tokens.length - windowTokens + 1));
  let leaving = 1;
  for (let step = 0; step < windowTokens; step += 1) leaving = Math.imul(leaving, base);
  let hash = 0;
  let clearSince = 0;
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] ?? 0;
    hash = (Math.imul(hash, base) + token) | 0;
    if (index >= windowTokens) hash = (hash - Math.imul(leaving, tokens[index - windowTokens] ?? 0)) | 0;
    if (token === border) clearSince = index + 1;
    const start = index - windowTokens + 1;
    if (start >= clearSince) windows[start] = mixed(hash) || 1;
  }
  return windows;
}

/** Rightmost smallest of the neighbours from `start`; the one chosen last is kept while it is still the smallest. */
function smallestOf(windows: Uint32Array, start: number, last: number): number {
  if (last >= start) {
    const entering = start + neighbours - 1;
    const value = windows[entering] ?? 0;
    return value !== 0 && value <= (windows[last] ?? 0) ? entering : last;
  }
  let best = -1;
  for (let index = start; index < start + neighbours; index += 1) {
    const value = windows[index] ?? 0;
    if (value !== 0 && (best === -1 || value <= (windows[best] ?? 0))) best = index;
  }
  return best;
}

/** Spreads the polynomial's weak low bits, as in MurmurHash3. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
