/** What a binary file is, as far as its first bytes tell: for a model that cannot see it. */
export function binaryKind(bytes: Buffer): string {
  const known = signatures.find(
    ({ at, hex }) => bytes.subarray(at, at + hex.length / 2).toString("hex") === hex,
  );
  if (known === undefined) return "a binary file";
  const size = known.size?.(bytes) ?? null;
  return size === null ? known.name : `${known.name} of ${size[0]} by ${size[1]} pixels`;
}

interface Signature {
  readonly name: string;
  readonly at: number;
  readonly hex: string;
  /** Width and height. */
  size?(bytes: Buffer): readonly [number, number] | null;
}

const signatures: readonly Signature[] = [
  {
    name: "a PNG image",
    at: 0,
    hex: "89504e470d0a1a0a",
    size: (bytes) => (bytes.length < 24 ? null : [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]),
  },
  {
    name: "a GIF image",
    at: 0,
    hex: "474946",
    size: (bytes) => (bytes.length < 10 ? null : [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]),
  },
  { name: "a JPEG image", at: 0, hex: "ffd8ff" },
  { name: "a WebP image", at: 8, hex: "57454250" },
  { name: "an icon", at: 0, hex: "00000100" },
  { name: "a PDF document", at: 0, hex: "25504446" },
  { name: "a ZIP archive", at: 0, hex: "504b0304" },
  { name: "a gzip archive", at: 0, hex: "1f8b" },
  { name: "an executable", at: 0, hex: "7f454c46" },
  { name: "a WebAssembly module", at: 0, hex: "0061736d" },
  { name: "a SQLite database", at: 0, hex: "53514c69746520666f726d6174" },
];
