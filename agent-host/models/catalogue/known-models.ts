import { anthropicModels, type KnownModel } from "./anthropic-models.ts";

/**
 * What is known of a model of Anthropic by its id, with or without the date at its end; null for one that is not in
 * the catalogue, which may still be asked.
 */
export function knownModel(id: string): KnownModel | null {
  const name = id.replace(/-(?:\d{8}|latest)$/, "");
  return Object.hasOwn(anthropicModels, name) ? (anthropicModels[name] ?? null) : null;
}
