import type { EndpointConfig } from "../../config/models-config.ts";
import { HostError } from "../../core/host-error.ts";
import type { EndpointAuth, EndpointPatience, EndpointSettings } from "../endpoint.ts";
import { baseUrlOf } from "./base-url.ts";
import { type EndpointProfile, endpointProfiles } from "./endpoint-profiles.ts";

/** Where keys come from. */
export interface KeySources {
  /** Of the host's own process. */
  readonly env: NodeJS.ProcessEnv;
  /** What a client has offered for this endpoint; null: nothing. */
  offered(endpoint: string): string | null;
}

/** An endpoint, and whether it is any use to ask it without a key. */
export interface KnownEndpoint {
  readonly settings: EndpointSettings;
  readonly needsKey: boolean;
  /** The variable that its key is looked for in. */
  readonly keyVariable: string | null;
}

/** A server of which nothing is said but where it is. */
const unknownServer: Omit<EndpointProfile, "baseUrl"> = { ...endpointProfiles["llama-cpp"] };

/**
 * An endpoint by its name and what config.yaml says of it; null where nothing is known of that name. Its key is looked
 * up at each call: a client's, that of the variable which config.yaml names, and for `anthropic` that of
 * ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN.
 *
 * @throws HostError `config.invalid`
 */
export function knownEndpoint(
  name: string,
  config: EndpointConfig | undefined,
  sources: KeySources,
): KnownEndpoint | null {
  if (config === undefined && name !== "anthropic") return null;
  const profile = profileOf(name, config);
  const allowInsecure = config?.allowInsecure === true;
  const headers = headersOf(name, config, sources.env);
  const needsKey = profile.needsKey || config?.key !== undefined;
  const find = (): FoundKey | null => findKey(name, config, sources);
  const { text, where } = addressOf(name, config, { profile, env: sources.env });
  return {
    needsKey,
    keyVariable: config?.key?.env ?? (name === "anthropic" ? "ANTHROPIC_API_KEY" : null),
    settings: {
      name,
      baseUrl: baseUrlOf(text, where, allowInsecure),
      headers: { ...profile.headers, ...headers },
      can: { ...profile.can, ...definedOf(config?.can ?? {}) },
      patience: { ...profile.patience, ...patienceOf(config?.patience ?? {}) },
      get auth(): EndpointAuth {
        const found = find();
        return found === null && !needsKey ? "none" : (found?.auth ?? profile.auth);
      },
      key: () => find()?.key ?? null,
    },
  };
}

/** The same endpoint for a model that cannot do all of it. Key and how it is sent are still looked up at each call. */
export function withAbilities(
  settings: EndpointSettings,
  lacking: Partial<EndpointSettings["can"]> = {},
): EndpointSettings {
  const { name, baseUrl, headers, key, patience } = settings;
  const can = { ...settings.can, ...lacking };
  return {
    name,
    baseUrl,
    headers,
    can,
    key,
    ...(patience === undefined ? {} : { patience }),
    get auth() {
      return settings.auth;
    },
  };
}

/** What config.yaml says in seconds. */
function patienceOf({
  firstByteSeconds,
  idleSeconds,
  totalSeconds,
}: NonNullable<EndpointConfig["patience"]>): Partial<EndpointPatience> {
  return {
    ...(firstByteSeconds === undefined ? {} : { firstByteMs: firstByteSeconds * 1_000 }),
    ...(idleSeconds === undefined ? {} : { idleMs: idleSeconds * 1_000 }),
    ...(totalSeconds === undefined ? {} : { totalMs: totalSeconds * 1_000 }),
  };
}

type Profile = Omit<EndpointProfile, "baseUrl"> & { readonly baseUrl?: string };

function profileOf(name: string, config: EndpointConfig | undefined): Profile {
  if (config?.profile !== undefined) return endpointProfiles[config.profile];
  return Object.hasOwn(endpointProfiles, name)
    ? endpointProfiles[name as keyof typeof endpointProfiles]
    : unknownServer;
}

function addressOf(
  name: string,
  config: EndpointConfig | undefined,
  { profile, env }: { profile: Profile; env: NodeJS.ProcessEnv },
): { text: string; where: string } {
  const variable = name === "anthropic" ? (env.ANTHROPIC_BASE_URL ?? "") : "";
  if (variable !== "") return { text: variable, where: "ANTHROPIC_BASE_URL" };
  const text =
    config?.baseUrl ??
    (config?.profile === undefined && profile === unknownServer ? undefined : profile.baseUrl);
  if (text !== undefined) return { text, where: `endpoints.${name}.baseUrl` };
  throw new HostError("config.invalid", `endpoints.${name} has neither profile nor baseUrl`, {
    hint: "Write profile: ollama (or lm-studio, vllm, litellm, llama-cpp, anthropic), or the server's baseUrl",
  });
}

function headersOf(
  name: string,
  config: EndpointConfig | undefined,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [header, value] of Object.entries(config?.headers ?? {})) {
    const text = typeof value === "string" ? value : (env[value.env] ?? "");
    if (typeof value !== "string" && text === "") {
      throw new HostError(
        "config.invalid",
        `endpoints.${name}.headers.${header}: the variable ${value.env} is empty`,
        {
          hint: "Set it where the agent host starts, or take the header out",
        },
      );
    }
    headers[header.toLowerCase()] = text;
  }
  return headers;
}

interface FoundKey {
  readonly key: string;
  /** null: as the profile says. */
  readonly auth: EndpointAuth | null;
}

function findKey(name: string, config: EndpointConfig | undefined, sources: KeySources): FoundKey | null {
  const variables = config?.key === undefined ? [] : [config.key.env];
  if (name === "anthropic") variables.push("ANTHROPIC_API_KEY");
  for (const key of [sources.offered(name), ...variables.map((variable) => sources.env[variable])]) {
    if (key !== null && key !== undefined && key.trim() !== "") return { key: key.trim(), auth: null };
  }
  const token = name === "anthropic" ? (sources.env.ANTHROPIC_AUTH_TOKEN ?? "").trim() : "";
  return token === "" ? null : { key: token, auth: "bearer" };
}

function definedOf<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const defined = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
