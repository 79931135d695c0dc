/**
 * How long an answer asks to wait, in ms; null where it says nothing that can be understood. `retry-after-ms` counts
 * before `retry-after`, which holds seconds or a date (RFC 9110, 10.2.3); a date that has passed means no wait.
 */
export function retryAfterOf(headers: Pick<Headers, "get">, now: Date): number | null {
  const inMs = numberOf(headers.get("retry-after-ms"));
  if (inMs !== null) return Math.ceil(inMs);
  const value = headers.get("retry-after");
  const seconds = numberOf(value);
  if (seconds !== null) return Math.ceil(seconds * 1_000);
  const date = value !== null && /\d\d:\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now.getTime());
}

function numberOf(value: string | null): number | null {
  return value !== null && /^\s*\d{1,9}(\.\d+)?\s*$/.test(value) ? Number(value) : null;
}
