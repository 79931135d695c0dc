import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Endpoint, listen } from "../../../../agent-host/rpc/endpoint.ts";

const token = "0".repeat(64);
let folder: string;
let address: string;
let endpoint: Endpoint;
let refused: string[];
let onRefusal: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-team-endpoint-"));
  address = join(folder, "private", "host.sock");
  refused = [];
  onRefusal = () => undefined;
  endpoint = await listen({
    address,
    token,
    onConnection: () => undefined,
    onRefused: (reason) => {
      refused.push(reason);
      onRefusal();
    },
    onError: (error) => expect.unreachable(String(error)),
  });
});

afterEach(async () => {
  await endpoint.close();
  await rm(folder, { recursive: true, force: true });
});

function upgradeText(authorization: string): string {
  const lines = [
    "GET / HTTP/1.1",
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    `Authorization: ${authorization}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Sends the upgrade, reads the first words of the answer, and never closes its half. */
async function stubborn(authorization: string): Promise<{ socket: Socket; answer: string }> {
  const socket = connect({ path: address, allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.write(upgradeText(authorization));
  const answer = await new Promise<string>((resolve) =>
    socket.once("data", (data) => resolve(String(data).slice(0, 12))),
  );
  return { socket: socket.pause(), answer };
}

it("survives a peer that is gone before its refusal is written", async () => {
  await new Promise<void>((resolve) => {
    onRefusal = resolve;
    const gone = connect({ path: address }, () => {
      gone.write(upgradeText("Bearer wrong"), () => gone.destroy());
    });
  });
  expect((await stubborn("Bearer wrong")).answer).toBe("HTTP/1.1 401");
  expect(refused).toHaveLength(2);
});

it.each([
  ["refused", "Bearer wrong", "HTTP/1.1 401"],
  ["accepted", `Bearer ${token}`, "HTTP/1.1 101"],
])("closes although a peer that was %s keeps its half open", async (_name, authorization, first) => {
  const { socket, answer } = await stubborn(authorization);
  expect(answer).toBe(first);
  await endpoint.close();
  socket.destroy();
});

it("closes although a peer that asks for nothing stays connected", async () => {
  const idle = connect({ path: address });
  const answered = new Promise((resolve) => idle.once("close", resolve));
  // Whatever came before it has been taken by then.
  await stubborn("Bearer wrong");
  await endpoint.close();
  await answered;
});

it("cuts off a peer that is not let in in time, although it keeps on asking", async () => {
  const other = join(folder, "private", "impatient.sock");
  const impatient = await listen({
    address: other,
    token,
    admissionMs: 100,
    onConnection: () => undefined,
    onRefused: () => undefined,
    onError: () => undefined,
  });
  const slow = connect({ path: other });
  slow.on("error", () => undefined);
  slow.write("GET / HTTP/1.1\r\nX: ");
  const drip = setInterval(() => slow.write("x"), 10);
  await new Promise((resolve) => slow.once("close", resolve));
  clearInterval(drip);
  await impatient.close();
});
