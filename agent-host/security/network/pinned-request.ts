import { Agent, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as TlsAgent } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { HostError } from "../../core/host-error.ts";

const headers = {
  "user-agent": "agent-team",
  accept: "text/markdown, text/html;q=0.9, text/plain;q=0.9, application/json;q=0.8, */*;q=0.1",
  "accept-encoding": "gzip, deflate, br",
  connection: "close",
};

/**
 * GETs over a connection of its own to exactly `address`, whatever the name resolves to by now; no proxy, no cookies.
 * The caller ends the response.
 *
 * @throws the system's error; HostError `network.pin` when the other end is not that address.
 */
export function requestPinned(url: string, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { protocol } = new URL(url);
  const isTls = protocol === "https:";
  const [request, AgentClass] = isTls ? [requestHttps, TlsAgent] : [requestHttp, Agent];
  const agent = new AgentClass({ keepAlive: false, maxSockets: 1 });
  const options = {
    method: "GET",
    headers,
    agent,
    lookup: pinnedTo(address),
    signal,
    insecureHTTPParser: false,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      if (isSameAddress(response.socket.remoteAddress ?? "", address)) {
        resolve(response);
        return;
      }
      response.destroy();
      reject(new HostError("network.pin", "The connection leads to another address than was checked"));
    });
    outgoing.on("error", reject);
    // Informational and upgrade answers are for other protocols.
    outgoing.on("upgrade", (_, socket) =>
      socket.destroy(new HostError("network.upgrade", "It answers with another protocol")),
    );
    outgoing.end();
  });
}

function pinnedTo(address: string): LookupFunction {
  const family = isIP(address);
  return (_, options, answer) => {
    if (options.all === true) answer(null, [{ address, family }]);
    else answer(null, address, family);
  };
}

function isSameAddress(a: string, b: string): boolean {
  const plain = (address: string): string => address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  return plain(a) === plain(b);
}
