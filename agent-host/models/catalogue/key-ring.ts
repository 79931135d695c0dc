import type { ModelsConfig } from "../../config/models-config.ts";
import type { KeySources } from "./known-endpoint.ts";

/** Keys that were replaced are still kept out of what is written; the oldest are forgotten above this. */
const maxOffered = 200;
const keyVariables = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];

/** Every key that this host knows: those that clients offer, in memory only, and those in variables. */
export class KeyRing implements KeySources {
  readonly env: NodeJS.ProcessEnv;
  private readonly current = new Map<string, string>();
  private readonly seen = new Set<string>();
  private readonly variables = new Set(keyVariables);

  constructor(env: NodeJS.ProcessEnv) {
    this.env = env;
  }

  offer(endpoint: string, key: string): void {
    this.current.set(endpoint, key);
    this.seen.add(key.trim());
    for (const keys of [this.seen, this.current]) {
      const [oldest] = keys.keys();
      if (keys.size > maxOffered && oldest !== undefined) keys.delete(oldest);
    }
  }

  offered(endpoint: string): string | null {
    return this.current.get(endpoint) ?? null;
  }

  /** Learns which variables hold keys. */
  learn({ endpoints = {} }: ModelsConfig): void {
    for (const { key, headers = {} } of Object.values(endpoints)) {
      for (const source of [key, ...Object.values(headers)]) {
        if (typeof source === "object") this.variables.add(source.env);
      }
    }
  }

  secrets(): readonly string[] {
    const inVariables = [...this.variables].map((name) => (this.env[name] ?? "").trim());
    return [...new Set([...this.seen, ...inVariables])].filter((secret) => secret !== "");
  }
}
