/** One measured number. With `baseline` the ratio is printed too; above `limit` the bench fails. */
export interface Measurement {
  name: string;
  value: number;
  unit: string;
  baseline?: { name: string; value: number };
  /** Highest acceptable value, in the same unit. */
  limit?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Runs `a` and `b` in turn, `rounds` times each, so that what slows the machine hits both; medians in ms. */
export async function alternate(
  rounds: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<{ a: number; b: number }> {
  const times = { a: [] as number[], b: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.a.push(await a());
    times.b.push(await b());
  }
  return { a: median(times.a), b: median(times.b) };
}

export function isOverLimit({ value, limit }: Measurement): boolean {
  return limit !== undefined && !(value <= limit);
}

/** One line of the report. */
export function describeMeasurement(measured: Measurement): string {
  const { name, value, unit, baseline, limit } = measured;
  const ratio = baseline === undefined ? "" : `, ${round(value / baseline.value)} × ${baseline.name}`;
  const bound = limit === undefined ? "" : `, limit ${limit}${isOverLimit(measured) ? " EXCEEDED" : ""}`;
  return `${name}: ${round(value)} ${unit}${ratio}${bound}`;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
