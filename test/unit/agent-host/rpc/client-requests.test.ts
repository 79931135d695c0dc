import { PassThrough } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { toResponseError } from "../../../../agent-host/client/peer-errors.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { ClientRequests } from "../../../../agent-host/rpc/client-requests.ts";

const workspaceId = "0123456789abcdef";
const never = new AbortController().signal;

/** Both ends of one connection. */
function connected(): { requests: ClientRequests; client: MessageConnection; closing: AbortController } {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const ends = [
    createMessageConnection(new StreamMessageReader(back), new StreamMessageWriter(there)),
    createMessageConnection(new StreamMessageReader(there), new StreamMessageWriter(back)),
  ] as const;
  const closing = new AbortController();
  const requests = new ClientRequests(ends[0], workspaceId, closing.signal);
  for (const end of ends) {
    end.listen();
    onTestFinished(() => end.dispose());
  }
  return { requests, client: ends[1], closing };
}

const dirty = (requests: ClientRequests, limitMs: number, signal = never) =>
  requests.send("editor/dirty", { paths: ["a.ts"] }, limitMs, signal);

describe("what the host asks a client", () => {
  it("is answered, with the workspace named in the question", async () => {
    const { requests, client } = connected();
    client.onRequest("editor/dirty", (params: { workspaceId: string; paths: string[] }) => {
      return { dirty: [params.workspaceId, ...params.paths] };
    });
    expect(await dirty(requests, 5_000)).toEqual({ dirty: [workspaceId, "a.ts"] });
  });

  it("fails with the code and hint that the client tells", async () => {
    const { requests, client } = connected();
    client.onRequest("editor/dirty", () => {
      throw toResponseError(new HostError("model.refused", "No", { hint: "Ask another" }));
    });
    await expect(dirty(requests, 5_000)).rejects.toMatchObject({
      code: "model.refused",
      hint: "Ask another",
    });
  });

  it("fails where the client has no answer to such questions", async () => {
    const { requests } = connected();
    await expect(dirty(requests, 5_000)).rejects.toMatchObject({ code: "rpc.failed" });
  });

  it("fails where the answer does not fit", async () => {
    const { requests, client } = connected();
    client.onRequest("editor/dirty", () => ({ dirty: [1] }));
    await expect(dirty(requests, 5_000)).rejects.toMatchObject({ code: "rpc.badAnswer" });
  });

  it("is called off when it takes too long, and when nobody wants it any more", async () => {
    const { requests, client } = connected();
    let calledOff = 0;
    let asked = (): void => undefined;
    client.onRequest("editor/dirty", (_params: unknown, token) => {
      asked();
      return new Promise((resolve) => {
        token.onCancellationRequested(() => {
          calledOff += 1;
          resolve({ dirty: [] });
        });
      });
    });
    await expect(dirty(requests, 20)).rejects.toMatchObject({ code: "rpc.timeout" });
    const stop = new AbortController();
    const reached = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const pending = dirty(requests, 5_000, stop.signal);
    await reached;
    stop.abort(new HostError("run.cancelled", "enough"));
    await expect(pending).rejects.toMatchObject({ code: "run.cancelled" });
    await expect.poll(() => calledOff).toBe(2);
  });

  it("fails when the connection ends before the answer", async () => {
    const { requests, client, closing } = connected();
    client.onRequest("editor/dirty", () => new Promise(() => undefined));
    const pending = dirty(requests, 5_000);
    closing.abort(new HostError("rpc.closed", "The connection is closed"));
    await expect(pending).rejects.toMatchObject({ code: "rpc.closed" });
    await expect(dirty(requests, 5_000)).rejects.toMatchObject({ code: "rpc.closed" });
  });
});

describe("what a client tells unasked", () => {
  it("reaches who listens, if it fits and is about this workspace", async () => {
    const { requests, client } = connected();
    const heard: string[] = [];
    const all = new Promise<void>((resolve) => {
      requests.onNotification("model/text", ({ text }) => {
        heard.push(text);
        if (text === "last") resolve();
      });
    });
    await client.sendNotification("model/text", { workspaceId, callId: "c", text: "first" });
    await client.sendNotification("model/text", { workspaceId, callId: "c" });
    await client.sendNotification("model/text", { workspaceId: "f".repeat(16), callId: "c", text: "other" });
    await client.sendNotification("model/text", { workspaceId, callId: "c", text: "last" });
    await all;
    expect(heard).toEqual(["first", "last"]);
  });
});
