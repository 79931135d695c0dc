import * as z from "zod";
import { agentTypeSchema } from "../protocol/task.ts";

/** Kinds of servers that speak the Messages API. */
export const profileNames = ["anthropic", "ollama", "lm-studio", "vllm", "litellm", "llama-cpp"] as const;

const maxListed = 100;
const literalKey =
  "a key does not belong in this file: put it into a variable and write { env: NAME }, or give it in the editor by “Set API Key”";

const fromEnvironmentSchema = z.strictObject(
  { env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "the name of a variable expected, not a key") },
  { error: (issue) => (typeof issue.input === "string" ? literalKey : undefined) },
);

const modelNameSchema = z
  .string()
  .min(1)
  .max(200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names hold none
  .regex(/^[^\s\u0000-\u001f\u007f]+$/, "the name of a model expected: model, or endpoint:model");

const perMillionSchema = z.number().min(0).max(1_000_000);

const detailsSchema = z.strictObject({
  contextTokens: z.int().min(1_000).max(100_000_000).optional(),
  maxOutputTokens: z.int().min(1).max(100_000_000).optional(),
  /** USD for a million tokens. */
  price: z
    .strictObject({
      input: perMillionSchema,
      output: perMillionSchema,
      cacheRead: perMillionSchema,
      cacheWrite: perMillionSchema,
    })
    .optional(),
});

// Those that carry keys have a key of their own above; `host` and the like are the transport's.
const ownHeaders =
  /^(?:authorization|proxy-authorization|x-api-key|cookie|host|connection|content-.*|transfer-encoding)$/i;
const looksLikeKey = /^(?:bearer\s|basic\s|sk-|pk-|ghp_|xox)|[A-Za-z0-9_\-+/]{32,}/i;

const headerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/, "the name of a header expected")
  .refine((name) => !ownHeaders.test(name), "this header is not for settings; a key belongs under key");

const headerValueSchema = z.union([
  z
    .string()
    .regex(/^[\x20-\x7e]{0,1000}$/, "a header holds printable ASCII")
    .refine((value) => !looksLikeKey.test(value), literalKey),
  fromEnvironmentSchema,
]);

const endpointSchema = z.strictObject({
  profile: z.enum(profileNames).optional(),
  baseUrl: z.string().max(2_000).optional(),
  key: fromEnvironmentSchema.optional(),
  headers: z.record(headerNameSchema, headerValueSchema).optional(),
  can: z
    .strictObject({
      countTokens: z.boolean().optional(),
      thinking: z.boolean().optional(),
      cache: z.boolean().optional(),
      effort: z.boolean().optional(),
    })
    .optional(),
  /** How long it may take, in seconds; see `EndpointPatience`. */
  patience: z
    .strictObject({
      firstByteSeconds: z.int().min(1).max(3_600).optional(),
      idleSeconds: z.int().min(1).max(3_600).optional(),
      totalSeconds: z.int().min(1).max(86_400).optional(),
    })
    .optional(),
  /** Plain http to another machine: everybody on the way reads keys and code. */
  allowInsecure: z.boolean().optional(),
});
export type EndpointConfig = z.infer<typeof endpointSchema>;
export type KeySource = z.infer<typeof fromEnvironmentSchema>;

const endpointNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, "an endpoint's name has a-z, 0-9 and -, and begins with a letter")
  .refine((name) => name !== "vscode" && name !== "scripted", "this name is taken");

/** What `config.yaml` of the state folder says of models. */
export const modelsConfigSchema = z.strictObject({
  format: z.literal(1, "format must be 1"),
  /** What runs use that name none. */
  provider: z.enum(["offline", "anthropic", "vscode"]).optional(),
  models: z
    .strictObject({
      default: modelNameSchema.optional(),
      agents: z.partialRecord(agentTypeSchema, modelNameSchema).optional(),
      fallback: z.array(modelNameSchema).max(10).optional(),
      details: z
        .record(modelNameSchema, detailsSchema)
        .refine((details) => Object.keys(details).length <= maxListed, `at most ${maxListed} models`)
        .optional(),
    })
    .optional(),
  endpoints: z
    .record(endpointNameSchema, endpointSchema)
    .refine((endpoints) => Object.keys(endpoints).length <= maxListed, `at most ${maxListed} endpoints`)
    .optional(),
});
export type ModelsConfig = z.infer<typeof modelsConfigSchema>;
export type ModelDetails = z.infer<typeof detailsSchema>;

export const noModelsConfig: ModelsConfig = { format: 1 };
