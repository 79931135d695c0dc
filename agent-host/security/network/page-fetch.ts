/** What a page fetch came to. A refusal is a value: the address must not be reached, or there is nothing to read. */
export type PageOutcome =
  | {
      readonly kind: "page";
      /** After redirects within the same host. */
      readonly url: string;
      readonly status: number;
      /** Media type without parameters, in lower case; empty where none was sent. */
      readonly mediaType: string;
      /** Decoded as its charset says, at most the limit that was asked for. */
      readonly text: string;
      readonly isCut: boolean;
    }
  /** It leads to another host: a call of its own, with a permission of its own. */
  | { readonly kind: "redirect"; readonly to: string }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * GETs one http(s) page without cookies, credentials or a proxy. The host is resolved once; every address must be
 * public, and the connection goes to exactly the address that was checked. Ends after `limitMs`.
 */
export type PageFetch = (
  url: string,
  given: { readonly maxBytes: number; readonly limitMs: number },
  signal: AbortSignal,
) => Promise<PageOutcome>;
