/** A text and what it is called where it is cut. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
  /** Bytes of the whole, where `text` is only its beginning. */
  readonly bytes?: number;
}

/**
 * Texts that are at most `maxBytes` of UTF-8 together, each at most `maxEach`: what small ones leave free goes to the
 * large ones. A cut one ends with how much is missing; the notes come on top of the bound.
 */
export function boundedTexts(
  texts: readonly NamedText[],
  { maxBytes, maxEach }: { maxBytes: number; maxEach: number },
): string[] {
  const sizes = texts.map(({ text }) => Math.min(maxEach, Buffer.byteLength(text)));
  const share = shareOf(sizes, maxBytes);
  return texts.map(({ name, text, bytes = Buffer.byteLength(text) }) => {
    const kept = startOf(text, Math.min(maxEach, share));
    const left = bytes - Buffer.byteLength(kept);
    return left <= 0 ? text : `${kept}\n[cut: ${sizeText(left)} more of ${name}]`;
  });
}

/** The longest beginning of `text` with at most `maxBytes` bytes of UTF-8 that ends between two characters. */
export function startOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text.slice(0, maxBytes));
  if (bytes.length <= maxBytes) return bytes.toString();
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, maxBytes), { stream: true });
}

export function sizeText(bytes: number): string {
  return bytes < 1_024 ? `${bytes} bytes` : `${Math.ceil(bytes / 1_024)} KB`;
}

/** How large each may be for all to fit. */
function shareOf(sizes: readonly number[], maxBytes: number): number {
  let room = maxBytes;
  const sorted = [...sizes].sort((a, b) => a - b);
  for (const [index, size] of sorted.entries()) {
    const share = Math.floor(room / (sorted.length - index));
    if (size > share) return share;
    room -= size;
  }
  return sorted.at(-1) ?? 0;
}
