import type { IncomingMessage } from "node:http";
import { addAbortSignal, type Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

export type ReadBody =
  | { readonly kind: "body"; readonly text: string; readonly isCut: boolean }
  | { readonly kind: "refused"; readonly reason: string };

const decoders: Readonly<Record<string, (() => Transform) | null>> = {
  "": null,
  identity: null,
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Compressed bytes that may come in all, as a multiple of what may come out; blocks of nothing are no page. */
const maxEncodedShare = 2;
const encodedAllowance = 65_536;
const charsetProbeBytes = 1_024;

/** Media type without parameters, in lower case. */
export function mediaTypeOf(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** Whether a page of this type is text; one without a type may be. */
export function isReadable(mediaType: string): boolean {
  return (
    mediaType === "" || /^text\/|^application\/(json|xml|[\w.-]+\+(json|xml)|xhtml\+xml)$/.test(mediaType)
  );
}

/**
 * The text of a response, at most `maxBytes` of it once decompressed; what is behind is never taken in.
 *
 * @throws the system's error where the connection or the compression breaks; the signal's reason.
 */
export async function readBody(
  response: IncomingMessage,
  { maxBytes, mediaType }: { maxBytes: number; mediaType: string },
  signal: AbortSignal,
): Promise<ReadBody> {
  const encoding = (response.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (!Object.hasOwn(decoders, encoding)) return refused(`It is compressed as ${encoding.slice(0, 50)}`);
  const decoder = decoders[encoding]?.() ?? null;
  const stream = decoder === null ? response : decompressed(response, decoder, maxBytes);
  addAbortSignal(signal, stream);
  const { bytes, isCut } = await upTo(stream, maxBytes);
  if (mediaType === "" && bytes.includes(0)) return refused("It is no text");
  const charset = charsetOf(response.headers["content-type"] ?? "", bytes);
  return { kind: "body", text: decoded(bytes, { charset, isCut }), isCut };
}

function decompressed(response: IncomingMessage, decoder: Transform, maxBytes: number): Readable {
  let encoded = 0;
  response.on("data", (chunk: Buffer) => {
    encoded += chunk.length;
    if (encoded > maxBytes * maxEncodedShare + encodedAllowance) response.destroy(new RangeError("too much"));
  });
  response.once("error", (error) => decoder.destroy(error));
  decoder.once("close", () => response.destroy());
  return response.pipe(decoder);
}

async function upTo(stream: Readable, maxBytes: number): Promise<{ bytes: Buffer; isCut: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop ends the stream.
    if (length > maxBytes) break;
  }
  const bytes = Buffer.concat(chunks);
  return { bytes: bytes.subarray(0, maxBytes), isCut: length > maxBytes };
}

/** As the header says, else the page itself where it is HTML or XML; else UTF-8. */
function charsetOf(contentType: string, bytes: Buffer): string {
  const said = /;\s*charset\s*=\s*"?([\w:.-]{1,40})/i.exec(contentType)?.[1];
  if (said !== undefined) return said;
  const start = bytes.subarray(0, charsetProbeBytes).toString("latin1");
  return /<(?:meta|\?xml)[^>]*(?:charset|encoding)\s*=\s*["']?([\w:.-]{1,40})/i.exec(start)?.[1] ?? "utf-8";
}

function decoded(bytes: Buffer, { charset, isCut }: { charset: string; isCut: boolean }): string {
  // What was cut may end inside a character; that piece is left out.
  return decoderFor(charset).decode(bytes, { stream: isCut });
}

function decoderFor(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    // A name that nobody knows.
    return new TextDecoder("utf-8");
  }
}

function refused(reason: string): ReadBody {
  return { kind: "refused", reason };
}
