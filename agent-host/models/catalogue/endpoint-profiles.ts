import type { EndpointAbilities, EndpointAuth, EndpointPatience } from "../endpoint.ts";

/** What is known of a kind of server that speaks the Messages API. */
export interface EndpointProfile {
  readonly baseUrl: string;
  readonly auth: EndpointAuth;
  readonly needsKey: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly can: EndpointAbilities;
  readonly patience: EndpointPatience;
}

const minuteMs = 60_000;
/** A service answers soon or not at all. */
const served: EndpointPatience = { firstByteMs: 2 * minuteMs, idleMs: minuteMs / 2, totalMs: 10 * minuteMs };
/** A machine at home may have to load the model, and reads a long conversation for minutes. */
const atHome: EndpointPatience = { firstByteMs: 10 * minuteMs, idleMs: 2 * minuteMs, totalMs: 60 * minuteMs };

/** Servers that imitate the API know its first version; newer ones are refused by some. */
const imitated = { "anthropic-version": "2023-06-01" };
const plain: EndpointAbilities = { countTokens: false, thinking: false, cache: false, effort: false };

// Where from: docs.ollama.com/api/anthropic-compatibility, lmstudio.ai/docs/developer/anthropic-compat,
// docs.litellm.ai/docs/anthropic_unified and /anthropic_count_tokens, huggingface.co/blog/ggml-org/
// anthropic-messages-api-in-llamacpp, all as of 2026-10. Whatever they do not promise is off.
export const endpointProfiles = {
  anthropic: {
    baseUrl: "https://api.anthropic.com",
    auth: "apiKey",
    needsKey: true,
    headers: {},
    can: { countTokens: true, thinking: true, cache: true, effort: true },
    patience: served,
  },
  // Its cloud takes nothing but a bearer; at home it ignores the key.
  ollama: {
    baseUrl: "http://localhost:11434",
    auth: "bearer",
    needsKey: false,
    headers: imitated,
    can: plain,
    patience: atHome,
  },
  "lm-studio": {
    baseUrl: "http://localhost:1234",
    auth: "both",
    needsKey: false,
    headers: imitated,
    can: plain,
    patience: atHome,
  },
  // Looks at nothing but the bearer.
  vllm: {
    baseUrl: "http://localhost:8000",
    auth: "bearer",
    needsKey: false,
    headers: imitated,
    can: plain,
    patience: atHome,
  },
  litellm: {
    baseUrl: "http://localhost:4000",
    auth: "both",
    needsKey: false,
    headers: imitated,
    can: { ...plain, countTokens: true },
    patience: atHome,
  },
  "llama-cpp": {
    baseUrl: "http://localhost:8080",
    auth: "both",
    needsKey: false,
    headers: imitated,
    can: plain,
    patience: atHome,
  },
} as const satisfies Record<string, EndpointProfile>;

export type ProfileName = keyof typeof endpointProfiles;
