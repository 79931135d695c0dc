import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { PageOutcome } from "../../../agent-host/security/network/page-fetch.ts";
import { pageFetcher } from "../../../agent-host/security/network/page-fetcher.ts";

const never = new AbortController().signal;
const limits = { maxBytes: 10_000, limitMs: 10_000 };
const servers: { close(): unknown; closeAllConnections?(): void }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

async function serve(answer: RequestListener): Promise<number> {
  const server: Server = createServer(answer);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

interface Reached {
  readonly lookups: string[];
  readonly addresses?: readonly (readonly string[])[];
}

/** Names lead to loopback, which counts as public here. */
function fetching({ lookups, addresses = [["127.0.0.1"]] }: Reached = { lookups: [] }) {
  return pageFetcher({
    lookup: async (host) => {
      lookups.push(host);
      return addresses[Math.min(lookups.length, addresses.length) - 1] ?? [];
    },
    checkAddress: (address) => (address === "127.0.0.1" ? null : "not public"),
  });
}

async function fetched(answer: RequestListener, path = "/"): Promise<PageOutcome> {
  const port = await serve(answer);
  return await fetching()(`http://site.example:${port}${path}`, limits, never);
}

describe("a page", () => {
  it("comes as text, asked for without cookies or a sender's name", async () => {
    let headers = {};
    const outcome = await fetched((request, response) => {
      headers = request.headers;
      response
        .writeHead(200, { "content-type": "text/html; charset=utf-8", "set-cookie": "a=b" })
        .end("<p>grüß dich");
    }, "/a?b=c#d");
    expect(outcome).toMatchObject({
      kind: "page",
      status: 200,
      mediaType: "text/html",
      text: "<p>grüß dich",
      isCut: false,
    });
    expect(headers).toMatchObject({
      "user-agent": "agent-team",
      host: expect.stringMatching(/^site\.example:/),
    });
    expect(Object.keys(headers).sort()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)("is unpacked from %s", async (encoding, pack) => {
    const outcome = await fetched((_, response) =>
      response
        .writeHead(200, { "content-type": "text/plain", "content-encoding": encoding })
        .end(pack("text ".repeat(100))),
    );
    expect(outcome).toMatchObject({ kind: "page", text: "text ".repeat(100), isCut: false });
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ] as const)("of %s that would become too large is cut by what comes out", async (encoding, pack) => {
    const bomb = pack(Buffer.alloc(50_000_000, "a"));
    const before = process.memoryUsage().arrayBuffers;
    const outcome = await fetched((_, response) =>
      response.writeHead(200, { "content-type": "text/plain", "content-encoding": encoding }).end(bomb),
    );
    expect(outcome).toMatchObject({ kind: "page", isCut: true, text: "a".repeat(limits.maxBytes) });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  it("that never ends is cut, and never inside a character", async () => {
    const outcome = await fetched((_, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      const more = (): void => {
        while (!response.destroyed && response.write("x€€€€€€"));
      };
      response.on("drain", more);
      more();
    });
    expect(outcome).toMatchObject({ kind: "page", isCut: true });
    expect(outcome.kind === "page" && outcome.text).toMatch(/^[x€]+$/);
  });

  it.each([
    ["text/plain; charset=iso-8859-1", Buffer.from([0xe4]), "ä"],
    ["text/plain; charset=nonsense", Buffer.from("ä"), "ä"],
    [
      "text/html",
      Buffer.from('<meta charset="windows-1252">\x80', "latin1"),
      '<meta charset="windows-1252">€',
    ],
    [
      "application/xml",
      Buffer.from('<?xml version="1.0" encoding="utf-16le"?>', "latin1").subarray(0, 0),
      "",
    ],
    ["text/plain", Buffer.from([0xff]), "\ufffd"],
  ])("of %j is read by its charset", async (type, body, text) => {
    const outcome = await fetched((_, response) =>
      response.writeHead(200, { "content-type": type }).end(body),
    );
    expect(outcome).toMatchObject({ kind: "page", text });
  });

  it.each(["image/png", "application/octet-stream", "application/pdf", "video/mp4", "application/zip"])(
    "of %s is refused",
    async (type) => {
      const outcome = await fetched((_, response) =>
        response.writeHead(200, { "content-type": type }).end("x"),
      );
      expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringContaining(type) });
    },
  );

  it("in an unknown or broken encoding is refused", async () => {
    for (const encoding of ["zstd, gzip", "gzip", "exotic"]) {
      const outcome = await fetched((_, response) =>
        response
          .writeHead(200, { "content-type": "text/plain", "content-encoding": encoding })
          .end("no gzip"),
      );
      expect(outcome).toMatchObject({ kind: "refused" });
    }
  });

  it("that says nothing, or only a little at a time, is given up in time", async () => {
    const port = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/plain" }).write("x");
    });
    const silent = createTcpServer(() => undefined).listen(0, "127.0.0.1");
    servers.push(silent);
    await once(silent, "listening");
    for (const each of [port, (silent.address() as AddressInfo).port]) {
      const outcome = await fetching()(
        `http://site.example:${each}/`,
        { maxBytes: 100, limitMs: 200 },
        never,
      );
      expect(outcome).toEqual({ kind: "refused", reason: "It took longer than 200 ms" });
    }
  });

  it("is given up when the call is cancelled", async () => {
    const stop = new AbortController();
    const port = await serve(() => stop.abort(new Error("over")));
    await expect(fetching()(`http://site.example:${port}/`, limits, stop.signal)).rejects.toThrow("over");
  });
});

describe("a redirect", () => {
  const leadTo = (to: string | ((port: number) => string)) => async (): Promise<PageOutcome> => {
    let port = 0;
    port = await serve((request, response) => {
      if (request.url === "/end") response.writeHead(200, { "content-type": "text/plain" }).end("there");
      else response.writeHead(302, { location: typeof to === "string" ? to : to(port) }).end();
    });
    return await fetching()(`http://site.example:${port}/`, limits, never);
  };

  it("within the host is followed, by the address that was checked", async () => {
    expect(await leadTo("/end")()).toMatchObject({
      kind: "page",
      text: "there",
      url: expect.stringMatching(/\/end$/),
    });
    expect(await leadTo((port) => `http://site.example:${port}/end`)()).toMatchObject({ kind: "page" });
  });

  it("to another host, port or scheme is told, not followed", async () => {
    expect(await leadTo("https://other.example/x")()).toEqual({
      kind: "redirect",
      to: "https://other.example/x",
    });
    expect(await leadTo("http://site.example:8081/x")()).toMatchObject({ kind: "redirect" });
    expect(await leadTo((port) => `https://site.example:${port}/end`)()).toMatchObject({ kind: "redirect" });
  });

  it.each([
    ...[
      "http://169.254.169.254/",
      "http://localhost/",
      "file:///etc/passwd",
      "http://a@site.example/",
      "//127.1/x",
    ],
    ...["\\\\evil.example", "http://[::1]/", "javascript:x", "http://site.example:22/"],
  ])("to %j is refused", async (to) => {
    expect(await leadTo(to)()).toMatchObject({ kind: "refused" });
  });

  it("in a circle ends", async () => {
    expect(await leadTo("/again")()).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("5 times"),
    });
  });
});

describe("a name", () => {
  it("is resolved once: what it leads to later is not asked", async () => {
    const lookups: string[] = [];
    let requests = 0;
    const port = await serve((request, response) => {
      requests += 1;
      if (request.url === "/end") response.writeHead(200, { "content-type": "text/plain" }).end("there");
      else response.writeHead(302, { location: "/end" }).end();
    });
    const get = fetching({ lookups, addresses: [["127.0.0.1"], ["10.0.0.1"]] });
    expect(await get(`http://rebind.example:${port}/`, limits, never)).toMatchObject({ kind: "page" });
    expect([lookups, requests]).toEqual([["rebind.example"], 2]);
  });

  it("with one address that is not public among others is refused", async () => {
    let requests = 0;
    const port = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    const get = fetching({ lookups: [], addresses: [["127.0.0.1", "10.0.0.1"]] });
    expect(await get(`http://mixed.example:${port}/`, limits, never)).toMatchObject({ kind: "refused" });
    expect(requests).toBe(0);
  });

  it("that leads to this machine is refused when nobody says otherwise", async () => {
    let requests = 0;
    const port = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    const get = pageFetcher({ lookup: async () => ["127.0.0.1"] });
    expect(await get(`http://site.example:${port}/`, limits, never)).toMatchObject({ kind: "refused" });
    expect(await get(`http://127.0.0.1:${port}/`, limits, never)).toMatchObject({ kind: "refused" });
    expect(requests).toBe(0);
  });

  it("that leads nowhere, or that nobody answers at, is refused with the reason", async () => {
    const none = fetching({ lookups: [], addresses: [[]] });
    expect(await none("http://site.example/", limits, never)).toMatchObject({ kind: "refused" });
    const failing = pageFetcher({
      lookup: async () => {
        throw Object.assign(new Error("no"), { code: "ENOTFOUND" });
      },
    });
    expect(await failing("http://site.example/", limits, never)).toEqual({
      kind: "refused",
      reason: "It cannot be reached: ENOTFOUND",
    });
  });
});
