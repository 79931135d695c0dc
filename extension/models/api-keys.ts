import type { SecretStore } from "../inbox/approver-keys.ts";

/** The endpoint a key is for unless another one is named. */
export const defaultEndpoint = "anthropic";
export const endpointPattern = /^[a-z][a-z0-9-]{0,39}$/;

export interface KeyStore extends SecretStore {
  keys(): PromiseLike<string[]>;
}

/** Keys of models' endpoints, in the editor's store of secrets and nowhere else. */
export class ApiKeys {
  private readonly secrets: KeyStore;

  constructor(secrets: KeyStore) {
    this.secrets = secrets;
  }

  async set(endpoint: string, key: string): Promise<void> {
    await this.secrets.store(secretName(endpoint), key);
  }

  async clear(endpoint: string): Promise<void> {
    await this.secrets.delete(secretName(endpoint));
  }

  /** The endpoints that have a key, in order of their names. */
  async endpoints(): Promise<string[]> {
    return (await this.secrets.keys()).flatMap((name) => endpointOf(name) ?? []).sort();
  }

  /** The key of an endpoint; null without one. */
  async get(endpoint: string): Promise<string | null> {
    return (await this.secrets.get(secretName(endpoint))) || null;
  }
}

const prefix = "agentTeam.apiKey.";

/** The endpoint whose key has this name in the store; null for another secret. */
export function endpointOf(name: string): string | null {
  const endpoint = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return endpointPattern.test(endpoint) ? endpoint : null;
}

function secretName(endpoint: string): string {
  return `${prefix}${endpoint}`;
}
