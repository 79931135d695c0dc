import type { EndpointLimiter } from "../../../../../agent-host/models/limits/endpoint-limiter.ts";
import { ModelError } from "../../../../../agent-host/models/model-error.ts";
import type { FakeTime } from "./fake-time.ts";

export interface FakeEndpointOptions {
  readonly time: FakeTime;
  readonly latencyMs: (call: number) => number;
  readonly retryAfterMs?: number;
  /** How much later than its answer a place is free. */
  readonly lateMs?: number;
}

/** An endpoint that refuses, at once, whatever is above so many open calls. */
export class FakeEndpoint {
  capacity: number;
  open = 0;
  mostOpen = 0;
  refused = 0;
  /** Names of calls in the order in which they were taken, and how often each was paid. */
  readonly taken: string[] = [];
  private readonly options: FakeEndpointOptions;

  constructor(capacity: number, options: FakeEndpointOptions) {
    this.capacity = capacity;
    this.options = options;
  }

  async call(name: string, signal: AbortSignal): Promise<string> {
    if (this.open >= this.capacity) {
      this.refused += 1;
      throw refusal(this.options.retryAfterMs);
    }
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    this.taken.push(name);
    const { time, latencyMs, lateMs = 0 } = this.options;
    await time.sleep(latencyMs(this.taken.length), signal);
    const free = (): void => {
      this.open -= 1;
    };
    if (lateMs === 0) free();
    else void time.sleep(lateMs, signal).then(free);
    return name;
  }
}

export function refusal(retryAfterMs?: number): ModelError {
  return new ModelError("model.rateLimited", "Too many", {
    status: 429,
    retry: "free",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Asks `turns` times in a row, as each of `agents` agents does; resolves with how often each agent was answered. */
export async function team(
  { agents, turns }: { agents: number; turns: number },
  limiter: EndpointLimiter,
  endpoint: FakeEndpoint,
): Promise<number[]> {
  const { signal } = new AbortController();
  const agent = async (at: number): Promise<number> => {
    for (let turn = 0; turn < turns; turn++) {
      await limiter.run(() => endpoint.call(`${at}/${turn}`, signal), signal);
    }
    return turns;
  };
  return await Promise.all(Array.from({ length: agents }, (_, at) => agent(at)));
}
