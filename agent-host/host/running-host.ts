import type { HostInfo } from "../protocol/host-info.ts";

/** A host that listens. */
export interface RunningHost {
  readonly info: HostInfo;
  /** Resolves when the host has closed, for whatever reason. */
  readonly closed: Promise<void>;
  /** Pauses the runs, tells the clients, closes the journal, gives the lock back. Never rejects; again does nothing. */
  close(reason: string): Promise<void>;
}
