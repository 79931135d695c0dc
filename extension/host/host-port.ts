import type { HostConnection } from "../../agent-host/client/host-connection.ts";
import type { HostInfo } from "../../agent-host/protocol/host-info.ts";

/** What a link needs of the machine: find, reach and start the host of one folder. */
export interface HostPort {
  /** What the last host published, live or not; null if nothing. */
  find(signal: AbortSignal): Promise<HostInfo | null>;
  connect(info: HostInfo, signal: AbortSignal): Promise<HostConnection>;
  spawn(signal: AbortSignal): Promise<HostInfo>;
}
