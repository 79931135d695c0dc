/** Calls to one endpoint: those under way, how many may be, those that wait, and how many it refused so far. */
export interface LimiterStatus {
  readonly open: number;
  readonly limit: number;
  readonly queued: number;
  readonly refused: number;
}
