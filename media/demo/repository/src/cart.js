/** What a customer has taken so far. Prices are whole cents. */
export class Cart {
  #lines = [];

  add(name, cents, count = 1) {
    this.#lines.push({ name, cents, count });
  }

  get lines() {
    return [...this.#lines];
  }

  /** What all of it costs, in cents. */
  total() {
    return this.#lines.reduce((sum, { cents, count }) => sum + cents * count, 0);
  }
}
