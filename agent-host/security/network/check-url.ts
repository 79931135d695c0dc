import { addressProblem } from "./public-address.ts";

export type CheckedUrl =
  | {
      readonly kind: "url";
      /** As the WHATWG parser writes it, without a fragment. */
      readonly url: string;
      /** Host name alone, in lower case; IDN names in Punycode, IPv6 in brackets. */
      readonly host: string;
      /** Empty for the scheme's own. */
      readonly port: string;
    }
  | { readonly kind: "refused"; readonly reason: string };

const maxUrlCharacters = 2_000;

/** Ports below 1024 that speak anything but HTTP, and known ones above: what is sent there may be taken for a command. */
const httpPortsBelow1024: ReadonlySet<string> = new Set(["", "80", "443", "591"]);
const otherPorts: ReadonlySet<string> = new Set(
  (
    "1080 1099 1433 1434 1521 1719 1720 1723 1883 2049 2181 2375 2376 2379 2380 3128 3306 3389 3659 4045 4190 4444 5060 " +
    "5061 5432 5672 5900 5984 6000 6379 6443 6566 6665 6666 6667 6668 6669 6679 6697 7000 7001 8125 9042 9092 9200 9300 " +
    "10080 10250 10255 11211 15672 25565 27017 27018 50070 61613"
  ).split(" "),
);

/** Names that only lead into this machine or the network around it (RFC 6761, 6762, 8375 and common habit). */
const localNames = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa)$/;

/**
 * Whether an address may be reached at all, by what it says alone; the one parser of addresses. Literal addresses are
 * judged here, names again when they are resolved.
 */
export function checkUrl(text: string): CheckedUrl {
  if (text.length > maxUrlCharacters) return refused(`It is longer than ${maxUrlCharacters} characters`);
  // The parser takes these away, turns them into others or lets them stand where nobody sees them.
  if (/[\s\\]|\p{C}/u.test(text))
    return refused("It has spaces, backslashes or characters that cannot be seen");
  if (!/^https?:\/\/[^/]/i.test(text)) return refused("It does not begin with http:// or https://");
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return refused("It is no address");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return refused("It is not http or https");
  if (url.username !== "" || url.password !== "" || /^https?:\/\/[^/?#]*@/i.test(text)) {
    return refused("It has a user name or password");
  }
  const problem = hostProblem(url.hostname) ?? portProblem(url.port);
  if (problem !== null) return refused(problem);
  url.hash = "";
  if (url.href.length > maxUrlCharacters) return refused(`It is longer than ${maxUrlCharacters} characters`);
  return { kind: "url", url: url.href, host: url.hostname, port: url.port };
}

function hostProblem(hostname: string): string | null {
  // The parser writes every form of an address as one of these two.
  if (hostname.startsWith("[")) return addressProblem(hostname.slice(1, -1));
  if (/^\d+\.\d+\.\d+\.\d+\.?$/.test(hostname)) return addressProblem(hostname);
  const name = hostname.replace(/\.$/, "");
  if (localNames.test(name)) return "Its host is one of this machine or of the network around it";
  if (!name.includes(".")) return "Its host is no public name";
  if (name.split(".").some((label) => label === "" || label.length > 63) || name.length > 253) {
    return "Its host is no name";
  }
  return null;
}

function portProblem(port: string): string | null {
  const isOther = Number(port) < 1_024 ? !httpPortsBelow1024.has(port) : otherPorts.has(port);
  return isOther ? `Port ${port} is for something other than pages` : null;
}

function refused(reason: string): CheckedUrl {
  return { kind: "refused", reason };
}
