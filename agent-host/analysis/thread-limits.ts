import type { ResourceLimits } from "node:worker_threads";

/**
 * Memory of one analysis thread. A small young generation keeps dead syntax trees from piling up; the larger stack lets
 * code nested thousands deep be parsed.
 */
export const threadLimits: ResourceLimits = {
  maxOldGenerationSizeMb: 1_024,
  maxYoungGenerationSizeMb: 32,
  stackSizeMb: 16,
};
