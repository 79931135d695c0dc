import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { connectToHost, type HostConnection } from "../../../agent-host/client/host-connection.ts";
import { readHostInfo } from "../../../agent-host/client/host-info-file.ts";
import { locateWorkspace, type WorkspaceLocation } from "../../../agent-host/client/workspace-location.ts";
import type { HostInfo } from "../../../agent-host/protocol/host-info.ts";
import type { DeliveredEntry } from "../../../agent-host/protocol/methods.ts";
import { reduceRun } from "../../../agent-host/protocol/state/run-reducer.ts";
import type { RunState } from "../../../agent-host/protocol/state/schemas.ts";
import { entriesOf, type RunningCommand, Sandbox, smallWorkspace } from "../../support/command-line.ts";

let sandbox: Sandbox;
let host: RunningCommand;
let location: WorkspaceLocation;
let info: HostInfo;
const open: HostConnection[] = [];
const never = new AbortController().signal;

beforeEach(async () => {
  sandbox = await Sandbox.make(smallWorkspace);
  host = sandbox.start(["serve", "--editor", "--workspace", sandbox.workspace]);
  await host.printed(/listening/);
  location = await locateWorkspace(sandbox.workspace, { AGENT_TEAM_HOME: sandbox.home });
  const published = await readHostInfo(location);
  if (published === null) throw new Error("the host published nothing");
  info = published;
});

afterEach(async () => {
  for (const connection of open.splice(0)) connection.dispose();
  await sandbox.dispose();
});

async function client(): Promise<HostConnection> {
  const identity = { name: "test", version: "1", workspaceId: location.workspaceId };
  const connection = await connectToHost(info, identity, never);
  open.push(connection);
  return connection;
}

/** Starts a run on `connection` and resolves with its entries when it has ended. */
async function runToEnd(connection: HostConnection, sinceSeq: number): Promise<DeliveredEntry[]> {
  const { workspaceId } = location;
  const entries: DeliveredEntry[] = [];
  const ended = new Promise<void>((resolve) => {
    connection.onNotification("state/event", ({ entry, texts }) => {
      entries.push({ entry, texts });
      if (entry.type === "run.finished") resolve();
    });
  });
  await connection.request("state/subscribe", { workspaceId, sinceSeq }, never);
  await connection.request("run/start", { workspaceId, request: { goal: "Look around" } }, never);
  await ended;
  return entries;
}

/** What a raw upgrade gets: an open socket or the status of the refusal. */
async function upgrade(headers: Record<string, string>): Promise<WebSocket | number> {
  const socket = new WebSocket("ws://agent-team.localhost/", {
    headers,
    createConnection: () => connect({ path: info.endpoint }),
  });
  return await new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.once("error", reject);
  });
}

describe("the upgrade", () => {
  it.each([
    ["no token", {}],
    ["a wrong token", { authorization: `Bearer ${"0".repeat(64)}` }],
    ["a token of another length", { authorization: "Bearer x" }],
  ])("is refused with %s", async (_name, headers: Record<string, string>) => {
    expect(await upgrade(headers)).toBe(401);
  });

  it("is refused to a web page, also with the token", async () => {
    expect(await upgrade({ authorization: `Bearer ${info.token}`, origin: "http://localhost" })).toBe(401);
  });

  it("is refused under another name, also with the token", async () => {
    expect(await upgrade({ authorization: `Bearer ${info.token}`, host: "evil.example" })).toBe(401);
  });

  it("leaves a trace in the journal when it is refused", async () => {
    await upgrade({});
    const connection = await client();
    const query = { workspaceId: location.workspaceId, type: "auth.failed" };
    const { entries } = await connection.request("audit/query", query, never);
    expect(entries.map(({ entry }) => entry.data.reason)).toEqual(["a wrong or missing token"]);
  });

  it("comes with a token that is new at every start", async () => {
    host.child.kill("SIGTERM");
    await host.finished;
    const again = sandbox.start(["serve", "--editor", "--workspace", sandbox.workspace]);
    await again.printed(/listening/);
    expect((await readHostInfo(location))?.token).not.toBe(info.token);
  });
});

describe("a session", () => {
  async function rawSession(): Promise<WebSocket> {
    const socket = await upgrade({ authorization: `Bearer ${info.token}` });
    if (typeof socket === "number") throw new Error(`refused with ${socket}`);
    return socket;
  }

  async function ask(
    socket: WebSocket,
    message: object,
  ): Promise<{ result?: unknown; error?: { code: number; message: string; data?: { code: string } } }> {
    const answer = new Promise<string>((resolve) => socket.once("message", (data) => resolve(String(data))));
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, ...message }));
    return JSON.parse(await answer);
  }

  it("answers nothing before initialize", async () => {
    const socket = await rawSession();
    const params = { workspaceId: location.workspaceId };
    expect((await ask(socket, { method: "run/list", params })).error?.data?.code).toBe("rpc.notInitialized");
    socket.terminate();
  });

  it("refuses a newer protocol, says what to do, and makes way for the newer host", async () => {
    const socket = await rawSession();
    const params = { protocol: { min: 90, max: 99 }, client: { name: "future", version: "9" } };
    expect((await ask(socket, { method: "initialize", params })).error).toMatchObject({
      code: -32_000,
      data: { code: "protocol.unsupported", hint: expect.any(String) },
    });
    expect((await host.finished).code).toBe(0);
  });

  it("closes a connection that sends what is not JSON-RPC", async () => {
    const cancel = '{"jsonrpc":"2.0","method":"$/cancelRequest"';
    for (const text of [
      "not json",
      "[]",
      "{}",
      '{"jsonrpc":"1.0","id":1,"method":"initialize"}',
      "null",
      '{"jsonrpc":"2.0"}',
      '{"jsonrpc":"2.0","id":{},"method":"run/list"}',
      '{"jsonrpc":"2.0","id":1,"method":"run/list","params":null}',
      `${cancel}}`,
      `${cancel},"params":null}`,
      `${cancel},"params":{"id":{}}}`,
    ]) {
      const socket = await rawSession();
      const closed = new Promise<number>((resolve) => socket.once("close", resolve));
      socket.send(text);
      expect(await closed).toBe(1007);
    }
  });

  it("closes a connection that sends more than 6 MiB in a frame", async () => {
    const socket = await rawSession();
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    socket.send("x".repeat(6 * 1024 * 1024 + 1));
    expect(await closed).toBe(1009);
  });

  it("cuts off a client that asks on and on and reads no answer", async () => {
    const socket = await rawSession();
    const params = { protocol: { min: 1, max: 1 }, client: { name: "deaf", version: "1" } };
    await ask(socket, { method: "initialize", params });
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const [query, id] = [{ workspaceId: location.workspaceId }, "x".repeat(500_000)];
    socket.pause();
    // The answer repeats the id, so that 70 requests leave more unread than the host allows. It goes on until it is
    // told by a failed write that nobody listens any more.
    let failure: unknown;
    for (let index = 0; failure === undefined && index < 2_000; index += 1) {
      const message = { jsonrpc: "2.0", id: `${index}${id}`, method: "run/list", params: query };
      failure = await new Promise((resolve) =>
        socket.send(JSON.stringify(message), (error) => resolve(error ?? undefined)),
      );
    }
    expect(failure).toBeInstanceOf(Error);
    socket.resume();
    await closed;
  });

  it("lives on beside all that: the next client is served", async () => {
    const socket = await rawSession();
    socket.send("garbage");
    const connection = await client();
    expect((await connection.request("run/list", { workspaceId: location.workspaceId }, never)).runs).toEqual(
      [],
    );
  });

  it.each([
    ["run/start", { request: { goal: "" } }, "rpc.invalidParams"],
    ["run/start", { request: { goal: "x", nonsense: 1 } }, "rpc.invalidParams"],
    ["run/start", { request: { goal: "x", provider: "anthropic" } }, "model.noKey"],
    ["run/show", { runId: "r-none" }, "run.unknown"],
    ["run/show", { runId: "../../../etc" }, "rpc.invalidParams"],
    ["run/cancel", { runId: "r-none" }, "run.unknown"],
    ["run/resume", { runId: "r-none" }, "run.unknown"],
    ["report/read", { runId: "r-none", format: "markdown" }, "run.unknown"],
    ["finding/list", { runId: "r-none", limit: 1_000_000 }, "rpc.invalidParams"],
  ] as const)("refuses %s with %j as %s", async (method, params, code) => {
    const connection = await client();
    const request = { workspaceId: location.workspaceId, ...params };
    await expect(connection.request(method, request as never, never)).rejects.toMatchObject({ code });
  });

  it("refuses requests for another workspace", async () => {
    const connection = await client();
    const request = connection.request("run/list", { workspaceId: "0123456789abcdef" }, never);
    await expect(request).rejects.toMatchObject({ code: "rpc.otherWorkspace" });
  });
});

describe("a run over the connection", () => {
  it("shows every entry once and in order to each client, from wherever it begins", async () => {
    const [first, second] = [await client(), await client()];
    const { workspaceId } = location;
    const secondSees: number[] = [];
    second.onNotification("state/event", ({ entry }) => secondSees.push(entry.seq));
    const start = await second.request("state/subscribe", { workspaceId, sinceSeq: 0 }, never);
    const entries = await runToEnd(first, first.host.seq);
    const { head } = await second.request("audit/query", { workspaceId }, never);
    const replayed = "replay" in start ? start.replay.map(({ entry }) => entry.seq) : [];
    expect([...replayed, ...secondSees]).toEqual(Array.from({ length: head.seq }, (_, index) => index + 1));
    expect(entries.at(-1)?.entry.type).toBe("run.finished");

    const late = await client();
    const middle = entries[5]?.entry.seq ?? 0;
    const replay = await late.request("state/subscribe", { workspaceId, sinceSeq: middle }, never);
    const seqs = "replay" in replay ? replay.replay.map(({ entry }) => entry.seq) : [];
    expect(seqs[0]).toBe(middle + 1);
  });

  it("folds to the same state at the client and in the host", async () => {
    const connection = await client();
    const entries = await runToEnd(connection, connection.host.seq);
    const folded = entries.reduce<RunState | undefined>(
      (state, { entry, texts }) => reduceRun(state, entry, texts),
      undefined,
    );
    const { run } = await connection.request(
      "run/show",
      { workspaceId: location.workspaceId, runId: folded?.runId ?? "" },
      never,
    );
    expect(folded).toEqual(run);
    expect(run).toMatchObject({ status: "done", title: "Look around", goal: "Look around" });
  });

  it("gives report, findings and list, and deletes what was said", async () => {
    const connection = await client();
    const entries = await runToEnd(connection, connection.host.seq);
    const runId = entries.at(-1)?.entry.runId ?? "";
    const of = { workspaceId: location.workspaceId, runId };
    expect((await connection.request("report/read", { ...of, format: "markdown" }, never)).text).toContain(
      "Look around",
    );
    expect(
      JSON.parse((await connection.request("report/read", { ...of, format: "sarif" }, never)).text).version,
    ).toBe("2.1.0");
    const { findings, total } = await connection.request("finding/list", of, never);
    expect(findings).toHaveLength(total);
    expect(findings.map((each) => each.ruleId)).toContain("structure/unresolved-import");
    const report = JSON.parse(
      (await connection.request("report/read", { ...of, format: "json" }, never)).text,
    );
    const inReport: { fingerprint: string }[] = report.findings;
    expect(findings.map((each) => each.fingerprint)).toEqual(inReport.map((each) => each.fingerprint));
    expect(
      (await connection.request("run/list", { workspaceId: of.workspaceId }, never)).runs[0],
    ).toMatchObject({ runId, status: "done" });

    await connection.request("run/delete", of, never);
    await expect(connection.request("run/show", of, never)).rejects.toMatchObject({ code: "run.unknown" });
    expect((await connection.request("audit/verify", { workspaceId: of.workspaceId }, never)).status).toBe(
      "ok",
    );
    const again = await connection.request("audit/query", { workspaceId: of.workspaceId, runId }, never);
    expect(JSON.stringify(again.entries)).not.toContain("Look around");
  });

  it("is paused when the host is told to stop, and goes on in the next one", async () => {
    for (let index = 0; index < 400; index += 1) {
      const lines = Array.from(
        { length: 60 },
        (_, line) => `  if (n > ${line}) total += ${line + index};`,
      ).join("\n");
      await sandbox.write(
        `src/m${index}.ts`,
        `export function f${index}(n: number) {\n  let total = 0;\n${lines}\n  return total;\n}\n`,
      );
    }
    const connection = await client();
    const { workspaceId } = location;
    const started = new Promise<string>((resolve) => {
      connection.onNotification("state/event", ({ entry }) => {
        if (entry.type === "task.started" && entry.taskId === "t-code") resolve(entry.runId ?? "");
      });
    });
    const closing = new Promise<string>((resolve) =>
      connection.onNotification("host/closing", ({ reason }) => resolve(reason)),
    );
    await connection.request("state/subscribe", { workspaceId, sinceSeq: connection.host.seq }, never);
    await connection.request("run/start", { workspaceId, request: { goal: "Long" } }, never);
    const runId = await started;
    await connection.request("host/stop", { workspaceId, reason: "a test" }, never);
    expect(await closing).toBe("a test");
    expect((await host.finished).code).toBe(0);

    const again = sandbox.start(["serve", "--editor", "--workspace", sandbox.workspace]);
    await again.printed(/listening/);
    const published = await readHostInfo(location);
    if (published === null) throw new Error("nothing published");
    info = published;
    const later = await client();
    const ended = new Promise<string>((resolve) => {
      later.onNotification("state/event", ({ entry }) => {
        if (entry.type === "run.finished" && entry.runId === runId) resolve(String(entry.data.status));
      });
    });
    const start = await later.request("state/subscribe", { workspaceId, sinceSeq: 0, runId }, never);
    const replayed = "replay" in start ? start.replay.map(({ entry }) => entry.type) : [];
    expect(replayed).toContain("run.paused");
    expect(replayed.includes("run.finished") ? "done" : await ended).toBe("done");
  });
});

describe("the host process", () => {
  it("leaves no address, lock or socket behind when it ends", async () => {
    host.child.kill("SIGTERM");
    expect((await host.finished).code).toBe(0);
    expect(await readHostInfo(location)).toBeNull();
    const listed = await sandbox.run(["audit", "list", "--json", "--limit", "1"]);
    expect(entriesOf(listed.stdout)[0]).toMatchObject({ type: "host.stopped" });
  });

  it("is alone: a second one for the same workspace steps back", async () => {
    const second = await sandbox.run(["serve", "--editor", "--workspace", sandbox.workspace]);
    expect(second.code).toBe(0);
    expect(await readHostInfo(location)).toEqual(info);
    const loud = await sandbox.run(["serve"]);
    expect(loud.code).toBe(1);
    expect(loud.stderr).toContain("host.live");
  });

  it("serves a folder reached through a link as the same workspace", async () => {
    const { symlink } = await import("node:fs/promises");
    const link = join(sandbox.folder, "link");
    await symlink(sandbox.workspace, link);
    const { code, stdout } = await sandbox.run(["run", "through the link", "--workspace", link, "--json"]);
    expect(code).toBe(0);
    expect(entriesOf(stdout)[0]?.workspaceId).toBe(location.workspaceId);
  });
});
