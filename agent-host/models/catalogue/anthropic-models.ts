import type { EndpointAbilities, ModelSettings } from "../endpoint.ts";

// Anthropic's models on its own API, in USD for a million tokens. `cacheWrite` is that of five minutes.
//
// Where from: the model pages (platform.claude.com/docs/en/models/<model>/overview) and the price list
// (platform.claude.com/docs/en/about-claude/pricing), as stored copies had them up to 2026-10-24:
// - claude-opus-5-5, -5, claude-sonnet-5: all of it from their pages of 2026-09 and 2026-10
// - claude-sonnet-5-5: its page; cache reads cost 0.20 until 2026-10-07, since then 0.10 (two price tables that follow
//   the list say so: kurofune/claudit v1.9.2 of 2026-10-24, docs.rs/synaps 0.10.2)
// - claude-haiku-5-5: its page of 2026-10; prices of the cache from kurofune/claudit v1.9.2
// - claude-fable-5-1, -5, claude-opus-4-5 to 4-8: price list of 2026-09; window and most output from their pages, of
//   claude-fable-5 from the comparison on the page of claude-opus-5, of claude-opus-4-7 from the models overview,
//   where the copy did not show the most output
// - claude-sonnet-4-6, -4-5, claude-haiku-4-5: their pages and the comparisons there; prices of the cache from
//   price lists of 2026-03 and 2026-05
// What was found nowhere is null. Thinking that adapts and effort are told for 4-6 and later; what came before gets
// neither, although some take one of them.

/** What is known of a model; `can`: what it cannot do although its endpoint can. */
export type KnownModel = Omit<ModelSettings, "id"> & { readonly can?: Partial<EndpointAbilities> };

const million = 1_000_000;
const large = { contextTokens: million, maxOutputTokens: 128_000 };
const early = { contextTokens: 200_000, maxOutputTokens: 64_000, can: { thinking: false, effort: false } };
const opusPrice = { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 };
const sonnetPrice = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

/** By id without its date. */
export const anthropicModels: Readonly<Record<string, KnownModel>> = {
  "claude-fable-5-1": { ...large, price: { input: 10, output: 50, cacheRead: 0.25, cacheWrite: 12.5 } },
  "claude-fable-5": { ...large, price: { input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5 } },
  "claude-opus-5-5": { ...large, price: { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 } },
  "claude-opus-5": { ...large, price: opusPrice },
  "claude-opus-4-8": { ...large, price: opusPrice },
  "claude-opus-4-7": { contextTokens: million, maxOutputTokens: null, price: opusPrice },
  "claude-opus-4-6": { ...large, price: opusPrice },
  "claude-opus-4-5": { ...early, price: opusPrice },
  "claude-sonnet-5-5": { ...large, price: { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 } },
  "claude-sonnet-5": { ...large, price: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 } },
  "claude-sonnet-4-6": { ...large, price: sonnetPrice },
  "claude-sonnet-4-5": { ...early, price: sonnetPrice },
  "claude-haiku-5-5": {
    ...large,
    price: { input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125 },
    longPrompt: {
      overTokens: 100_000,
      price: { input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
    },
  },
  "claude-haiku-4-5": { ...early, price: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 } },
};

/** The model that a run asks where nobody names one. */
export const defaultAnthropicModel = "claude-sonnet-5-5";
