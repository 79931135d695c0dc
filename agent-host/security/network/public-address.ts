import ipaddr from "ipaddr.js";

/**
 * Why an IP address must not be reached; null for one that is public. Public is what the IANA registries leave to
 * global unicast; an IPv6 address that holds an IPv4 one (mapped, 6to4, Teredo, NAT64) is none, as it may lead to any.
 */
export function addressProblem(text: string): string | null {
  if (!ipaddr.isValid(text)) return "It is no IP address";
  const address = ipaddr.parse(text);
  const range = address.range();
  if (range !== "unicast") return `It leads to an address that is not public (${range})`;
  if (address.kind() === "ipv6") return isGlobalIpv6(address.toByteArray()) ? null : notPublic;
  return isSpecialIpv4(address.toByteArray()) ? notPublic : null;
}

const notPublic = "It leads to an address that is not public";

/** 2000::/3 is all of IPv6 that is handed out; within it documentation and embedded IPv4 are not (IANA, RFC 9637). */
function isGlobalIpv6(bytes: readonly number[]): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes;
  if ((first & 0xe0) !== 0x20) return false;
  if (first === 0x20 && second === 0x02) return false;
  if (first === 0x20 && second === 0x01 && third < 0x02) return false;
  if (first === 0x20 && second === 0x01 && third === 0x0d && fourth === 0xb8) return false;
  return !(first === 0x3f && second === 0xff && third < 0x10);
}

/** What registries reserve and the library may call unicast. */
function isSpecialIpv4([first = 0, second = 0, third = 0]: readonly number[]): boolean {
  if (first === 0 || first === 127 || first >= 224) return true;
  // IETF protocol assignments, 6to4 relays, benchmarking, shared address space.
  if (first === 192 && second === 0 && third === 0) return true;
  if (first === 192 && second === 88 && third === 99) return true;
  if (first === 198 && (second === 18 || second === 19)) return true;
  return first === 100 && second >= 64 && second < 128;
}
