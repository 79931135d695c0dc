import { lookup as resolveName } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { type CheckedUrl, checkUrl } from "./check-url.ts";
import type { PageFetch, PageOutcome } from "./page-fetch.ts";
import { requestPinned } from "./pinned-request.ts";
import { addressProblem } from "./public-address.ts";
import { isReadable, mediaTypeOf, readBody } from "./read-body.ts";
import { untilAborted } from "./until-aborted.ts";

export interface PageFetcherOptions {
  /** All addresses of a name; the system's resolver unless said otherwise. */
  lookup?(host: string): Promise<readonly string[]>;
  /** Why an address must not be reached, null: it may be. `addressProblem` unless said otherwise; others only in tests. */
  checkAddress?(address: string): string | null;
}

type Url = Extract<CheckedUrl, { kind: "url" }>;

interface Fetching {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly addresses: readonly string[];
}

const maxRedirects = 5;
const maxAddresses = 3;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fetches pages as `PageFetch` promises. Waiting ends with the signal; a page that takes too long is refused. */
export function pageFetcher(options: PageFetcherOptions = {}): PageFetch {
  const lookup = options.lookup ?? systemLookup;
  const checkAddress = options.checkAddress ?? addressProblem;
  return async (text, { maxBytes, limitMs }, signal) => {
    const checked = checkUrl(text);
    if (checked.kind === "refused") return checked;
    const limit = AbortSignal.timeout(limitMs);
    const given = { maxBytes, signal: AbortSignal.any([signal, limit]) };
    try {
      const addresses = await untilAborted(addressesOf(checked.host, lookup), given.signal);
      const problem =
        addresses.length === 0 ? "Its host has no address" : firstProblem(addresses, checkAddress);
      if (problem !== null) return refused(problem);
      return await follow(checked, { ...given, addresses: addresses.slice(0, maxAddresses) });
    } catch (error) {
      signal.throwIfAborted();
      if (limit.aborted) return refused(`It took longer than ${limitMs} ms`);
      return refused(`It cannot be reached: ${codeOf(error)}`);
    }
  };
}

async function systemLookup(host: string): Promise<string[]> {
  return (await resolveName(host, { all: true, verbatim: true })).map(({ address }) => address);
}

async function addressesOf(
  host: string,
  lookup: (host: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (host.startsWith("[")) return [host.slice(1, -1)];
  return /^[\d.]+$/.test(host) ? [host] : await lookup(host);
}

/** One that is not public is enough: whoever answers with it has something in mind. */
function firstProblem(
  addresses: readonly string[],
  check: (address: string) => string | null,
): string | null {
  for (const address of addresses) {
    const problem = check(address);
    if (problem !== null) return problem;
  }
  return null;
}

/** Follows redirects that stay with the host, by the addresses that were checked at first. */
async function follow(start: Url, fetching: Fetching): Promise<PageOutcome> {
  let at = start;
  for (let hops = 0; ; hops += 1) {
    const response = await request(at.url, fetching);
    const leads = redirects.has(response.statusCode ?? 0) ? response.headers.location : undefined;
    if (leads === undefined) return await pageOf(at.url, response, fetching);
    response.destroy();
    const next = nextUrl(at.url, leads);
    if (next.kind === "refused") return refused(`It leads on to what must not be reached: ${next.reason}`);
    if (!isSamePlace(at.url, next.url)) return { kind: "redirect", to: next.url };
    if (hops === maxRedirects) return refused(`It leads on more than ${maxRedirects} times`);
    at = next;
  }
}

async function request(url: string, { addresses, signal }: Fetching): Promise<IncomingMessage> {
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await requestPinned(url, address, signal);
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

function nextUrl(from: string, leads: string): CheckedUrl {
  if (leads.length > 4_000) return refused("It is too long");
  // Header values are bytes; what is no ASCII there is mostly UTF-8.
  const text = Buffer.from(leads, "latin1").toString("utf8");
  if (/[\\\s]|\p{C}/u.test(text)) return refused("It has characters that no address has");
  return URL.canParse(text, from) ? checkUrl(new URL(text, from).href) : refused("It is no address");
}

/** The same host by the same port, or from http to https as both stand by default. */
function isSamePlace(from: string, to: string): boolean {
  const [a, b] = [new URL(from), new URL(to)];
  if (a.hostname !== b.hostname || a.port !== b.port) return false;
  return a.protocol === b.protocol || (a.protocol === "http:" && a.port === "");
}

async function pageOf(
  url: string,
  response: IncomingMessage,
  { maxBytes, signal }: Fetching,
): Promise<PageOutcome> {
  const mediaType = mediaTypeOf(response.headers["content-type"] ?? "");
  try {
    if (!isReadable(mediaType)) return refused(`It is ${mediaType.slice(0, 100)}, which is no text`);
    const body = await readBody(response, { maxBytes, mediaType }, signal);
    if (body.kind === "refused") return body;
    const status = response.statusCode ?? 0;
    return { kind: "page", url, status, mediaType, text: body.text, isCut: body.isCut };
  } finally {
    response.destroy();
  }
}

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code.slice(0, 60) : "the connection failed";
}

function refused(reason: string): { kind: "refused"; reason: string } {
  return { kind: "refused", reason };
}
