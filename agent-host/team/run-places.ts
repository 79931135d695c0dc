import { HostError } from "../core/host-error.ts";

/** Keeps the number of live runs bounded, counting those that are about to begin. */
export class RunPlaces {
  private readonly most: number;
  private readonly taken: () => number;
  private starting = 0;

  /** `taken`: how many runs are live now. */
  constructor(most: number, taken: () => number) {
    this.most = most;
    this.taken = taken;
  }

  /** Does `begin`, at whose end the run is live. @throws HostError `run.tooMany`, and what `begin` throws. */
  async take<T>(begin: () => Promise<T>): Promise<T> {
    if (this.taken() + this.starting >= this.most) {
      throw new HostError("run.tooMany", `${this.most} runs are under way`, {
        hint: "Wait for one to end, or pause or cancel one",
      });
    }
    this.starting += 1;
    try {
      return await begin();
    } finally {
      this.starting -= 1;
    }
  }
}
