import { hash } from "node:crypto";

/** SHA-256 as 64 hexadecimal digits. A string is hashed as UTF-8. */
export function sha256Hex(content: string | Uint8Array): string {
  return hash("sha256", content, "hex");
}
