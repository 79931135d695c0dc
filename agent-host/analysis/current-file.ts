const maxPathBytes = 1_000;

/** Memory for the path of the file a thread is working on; readable when the thread is gone. */
export function createCurrentFile(): SharedArrayBuffer {
  return new SharedArrayBuffer(maxPathBytes + 2);
}

export function writeCurrentFile(shared: SharedArrayBuffer, path: string): void {
  const bytes = Buffer.from(shared);
  bytes.writeUInt16LE(bytes.write(path, 2, maxPathBytes), 0);
}

/** Undefined when no file was begun. */
export function readCurrentFile(shared: SharedArrayBuffer): string | undefined {
  const bytes = Buffer.from(shared);
  const length = bytes.readUInt16LE(0);
  return length === 0 ? undefined : bytes.toString("utf8", 2, 2 + length);
}
