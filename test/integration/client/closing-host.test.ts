import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectToHost } from "../../../agent-host/client/host-connection.ts";
import type { HostInfo } from "../../../agent-host/protocol/host-info.ts";

const folder = mkdtempSync(join(tmpdir(), "at-closing-"));
const endpoint = join(folder, "host.sock");
let server: Server;

beforeAll(async () => {
  // Answers the upgrade and closes at once, as a host does that is being stopped.
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (request) => {
      const key = /sec-websocket-key: (.+)\r\n/i.exec(request.toString())?.[1] ?? "";
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
      const closeFrame = Buffer.from([0x88, 0x02, 0x03, 0xe9]);
      socket.end(Buffer.concat([Buffer.from(head), closeFrame]));
    });
  }).listen(endpoint);
  await once(server, "listening");
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

it("a host that closes while a client connects is told as a closed connection", async () => {
  const info: HostInfo = {
    endpoint,
    token: "0".repeat(64),
    pid: process.pid,
    version: "0.0.0",
    protocol: { min: 1, max: 1 },
    startedAt: new Date().toISOString(),
    mode: "editor",
  };
  const identity = { name: "test", version: "0", workspaceId: "0".repeat(16) };
  const attempts = Array.from({ length: 20 }, () =>
    connectToHost(info, identity, AbortSignal.timeout(10_000)).then(
      () => "connected",
      (error: { code?: string }) => error.code,
    ),
  );
  expect(new Set(await Promise.all(attempts))).toEqual(new Set(["rpc.closed"]));
});
