import { EventEmitter, once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { type HttpTransportOptions, httpTransport } from "../../../agent-host/models/anthropic/http-fetch.ts";

const get = { method: "GET", headers: {} } as const;
const idle = new AbortController().signal;

describe("the transport of model calls", () => {
  it("sends a body and its length, and reads the answer piece by piece", async () => {
    const url = await serve((request, response) => {
      response.writeHead(201, {
        "x-length": request.headers["content-length"],
        "set-cookie": ["a=1", "b=2"],
      });
      request.pipe(response);
    });
    const { fetch } = transport();
    const reply = await fetch(url, { method: "POST", headers: { "x-a": "b" }, body: "hällo" }, idle);
    expect(reply).toMatchObject({ status: 201, ok: true });
    expect(reply.headers.get("x-length")).toBe("6");
    expect(reply.headers.get("set-cookie")).toBe("a=1, b=2");
    expect(await reply.text()).toBe("hällo");
  });

  it("hears of every piece", async () => {
    const url = await serve(async (_request, response) => {
      for (const piece of ["a", "b", "c"]) {
        response.write(piece);
        await new Promise(setImmediate);
      }
      response.end();
    });
    let heard = 0;
    const reply = await transport().fetch(url, { ...get, onBytes: () => (heard += 1) }, idle);
    await reply.text();
    expect(heard).toBeGreaterThanOrEqual(2);
  });

  it("uses a connection again", async () => {
    let connections = 0;
    const url = await serve(
      (_request, response) => response.end("ok"),
      () => (connections += 1),
    );
    const { fetch } = transport();
    for (let call = 0; call < 5; call += 1) expect(await (await fetch(url, get, idle)).text()).toBe("ok");
    expect(connections).toBe(1);
  });

  it("follows no redirect", async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    const reply = await transport().fetch(url, get, idle);
    expect(reply).toMatchObject({ status: 302, ok: false });
    await reply.text();
    expect(asked).toBe(1);
  });

  it("fails where the body is cut", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    const reply = await transport().fetch(url, get, idle);
    await expect(reply.text()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("reads no more than it may", async () => {
    const url = await serve((_request, response) => response.end("x".repeat(5_000)));
    const reply = await transport({ maxBodyBytes: 4_000 }).fetch(url, get, idle);
    await expect(reply.text()).rejects.toMatchObject({ code: "http.tooLarge" });
  });

  it("takes no head without end", async () => {
    const url = await serve((_request, response) =>
      response.writeHead(200, { "x-long": "y".repeat(20_000) }).end(),
    );
    const asked = transport({ maxHeaderBytes: 8_192 }).fetch(url, get, idle);
    await expect(asked).rejects.toMatchObject({ code: "http.headers" });
  });

  it("gives up connecting after its limit", async () => {
    // A server that listens and whose TLS never begins.
    const server = createSocketServer(() => undefined).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const asked = transport({ connectMs: 50 }).fetch(`https://127.0.0.1:${port}/`, get, idle);
    await expect(asked).rejects.toMatchObject({ code: "http.connect" });
  });

  it("does not trust a server that it cannot check", async () => {
    const url = await serve((_request, response) => response.end());
    await expect(transport().fetch(url.replace("http:", "https:"), get, idle)).rejects.toThrow();
  });

  it.each(["before", "after"])(
    "ends the connection when it is cancelled, %s the answer began",
    async (when) => {
      const events = new EventEmitter();
      const closed = once(events, "closed");
      const arrived = once(events, "arrived");
      const url = await serve((request, response) => {
        request.socket.once("close", () => events.emit("closed"));
        if (when === "after") response.write("begun");
        events.emit("arrived");
      });
      const controller = new AbortController();
      const asked = transport().fetch(url, get, controller.signal);
      await arrived;
      const reading = when === "after" ? asked.then(async (reply) => await reply.text()) : asked;
      const failed = expect(reading).rejects.toThrow();
      if (when === "after") await asked;
      controller.abort(new Error("stop"));
      await failed;
      await closed;
    },
  );

  it.each(["file:///etc/passwd", "ws://127.0.0.1", "", "http://a:b@127.0.0.1/"])(
    "does not ask %j",
    async (url) => {
      await expect(transport().fetch(url, get, idle)).rejects.toMatchObject({ code: "http.address" });
    },
  );
});

function transport(options: HttpTransportOptions = {}): ReturnType<typeof httpTransport> {
  const made = httpTransport(options);
  onTestFinished(() => made.close());
  return made;
}

async function serve(
  listener: RequestListener,
  onConnection: () => unknown = () => undefined,
): Promise<string> {
  const server = createServer(listener).on("connection", onConnection).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
