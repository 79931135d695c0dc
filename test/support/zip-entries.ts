import { inflateRawSync } from "node:zlib";

export interface ZipEntry {
  name: string;
  /** Unpacked size in bytes. */
  size: number;
  /** Unpacks the entry. */
  read(): Buffer;
}

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const deflated = 8;

/** The entries of a zip file without ZIP64, as its central directory lists them. Throws if it has none. */
export function zipEntries(zip: Buffer): ZipEntry[] {
  const end = zip.lastIndexOf(signatureBytes(endSignature));
  if (end < 0) throw new Error("not a zip file: no end of central directory");
  const entries: ZipEntry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== centralSignature) throw new Error(`no central directory entry at ${at}`);
    entries.push(entryAt(zip, at));
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

function entryAt(zip: Buffer, at: number): ZipEntry {
  const method = zip.readUInt16LE(at + 10);
  const packedSize = zip.readUInt32LE(at + 20);
  const localAt = zip.readUInt32LE(at + 42);
  return {
    name: zip.toString("utf8", at + 46, at + 46 + zip.readUInt16LE(at + 28)),
    size: zip.readUInt32LE(at + 24),
    read() {
      const dataAt = localAt + 30 + zip.readUInt16LE(localAt + 26) + zip.readUInt16LE(localAt + 28);
      const packed = zip.subarray(dataAt, dataAt + packedSize);
      return method === deflated ? inflateRawSync(packed) : packed;
    },
  };
}

function signatureBytes(signature: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return bytes;
}
