import { describe, expect, it } from "vitest";
import type { ApprovalItem } from "../../../../agent-host/protocol/approval.ts";
import type { GateItem } from "../../../../agent-host/protocol/methods.ts";
import type { FolderEvent } from "../../../../extension/host/folder-session.ts";
import type { WorkspacesEvent } from "../../../../extension/host/workspaces.ts";
import { Inbox, type InboxSession } from "../../../../extension/inbox/inbox.ts";
import type { Standing } from "../../../../extension/inbox/standing.ts";
import { delivered } from "../../../support/run-fixture.ts";
import { approval, approver, gate, workspaceId } from "./waiting-fixture.ts";

/** An inbox over one folder, whose timers a test fires itself. */
function inboxWith(
  standing: Standing | (() => Promise<Standing>) = { kind: "enrolled", approver: approver("reviewer") },
) {
  const lists: { gates: GateItem[]; approvals: ApprovalItem[] } = { gates: [], approvals: [] };
  const asked: string[] = [];
  const timers: (() => void)[] = [];
  const logged: string[] = [];
  const listeners = new Set<(event: WorkspacesEvent) => void>();
  const folder = { isLive: true, fails: false, hold: Promise.resolve() };
  const session = {
    workspaceId,
    name: "shop",
    link: {
      get state() {
        return { kind: folder.isLive ? "live" : "idle" };
      },
    },
    request: async (method: string) => {
      asked.push(method);
      await folder.hold;
      if (folder.fails) throw new Error("no such method");
      return method === "gate/list" ? { gates: lists.gates } : { approvals: lists.approvals };
    },
  };
  const sessions = [session as unknown as InboxSession];
  const inbox = new Inbox({
    folders: {
      sessions,
      onEvent: (listener) => {
        listeners.add(listener);
        return { dispose: () => listeners.delete(listener) };
      },
    },
    keys: { standingIn: async () => (typeof standing === "function" ? await standing() : standing) },
    later: (act) => {
      timers.push(act);
      return () => timers.splice(timers.indexOf(act), 1);
    },
    log: (message) => logged.push(message),
  });
  let changes = 0;
  inbox.onChange.subscribe(() => {
    changes += 1;
  });
  const emit = (event: FolderEvent): void => {
    for (const listener of listeners) listener({ kind: "folder", session: sessions[0] as never, event });
  };
  return {
    ...{ inbox, lists, asked, timers, folder, logged, sessions },
    changes: () => changes,
    entry: (type: string) => emit({ kind: "entry", delivered: delivered(1, type, {}) }),
    link: () => emit({ kind: "link", link: { kind: "live" } }),
    folders: () => {
      for (const listener of listeners) listener({ kind: "folders" });
    },
    /** Lets the pause pass and the answers come. */
    async settle(): Promise<void> {
      for (const act of timers.splice(0)) act();
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    },
  };
}

describe("Inbox", () => {
  it("lists what waits once a host is live, oldest first", async () => {
    const box = inboxWith();
    box.lists.gates = [gate()];
    box.lists.approvals = [approval()];
    box.link();
    await box.settle();
    expect(box.inbox.items.map(({ kind }) => kind)).toEqual(["gate", "approval"]);
  });

  it("asks once for a burst of entries, and never for those that change nothing", async () => {
    const box = inboxWith();
    for (let seq = 0; seq < 50; seq += 1) box.entry("approval.requested");
    box.entry("task.started");
    expect(box.timers).toHaveLength(1);
    await box.settle();
    expect(box.asked).toEqual(["gate/list", "approval/list"]);
    box.entry("task.started");
    expect(box.timers).toHaveLength(0);
  });

  it("asks once more for entries that come while it asks", async () => {
    const box = inboxWith();
    let go: () => void = () => undefined;
    box.folder.hold = new Promise((resolve) => {
      go = resolve;
    });
    box.entry("gate.evaluated");
    await box.settle();
    box.lists.gates = [gate()];
    box.entry("gate.decided");
    box.entry("gate.decided");
    expect(box.timers).toHaveLength(0);
    go();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    expect(box.timers).toHaveLength(1);
    await box.settle();
    expect(box.asked).toHaveLength(4);
    expect(box.inbox.items).toHaveLength(1);
  });

  it("counts as its own only what this window's key may answer", async () => {
    const box = inboxWith({ kind: "enrolled", approver: approver("developer") });
    box.lists.gates = [gate()];
    box.lists.approvals = [approval(), approval({ approvalId: "a-2", approvers: [] })];
    box.link();
    await box.settle();
    expect(box.inbox.items).toHaveLength(3);
    expect(box.inbox.mine.map(({ id }) => id)).toEqual(["a-7f3a9c21"]);
  });

  it("knows how it stands once asked to stand now, and goes on where it cannot be known", async () => {
    const box = inboxWith();
    const [session] = box.sessions;
    if (session === undefined) throw new Error("the window has a folder");
    await box.inbox.standNow(session, new AbortController().signal);
    expect(box.inbox.standing(workspaceId).kind).toBe("enrolled");
    const refused = inboxWith(() => Promise.reject(new Error("no store of secrets")));
    await refused.inbox.standNow(session, new AbortController().signal);
    expect(refused.inbox.standing(workspaceId).kind).toBe("unknown");
    expect(refused.logged).toEqual(["shop: no approver key: no store of secrets"]);
  });

  it("takes out what was answered at once, also from a list that is on its way", async () => {
    const box = inboxWith();
    box.lists.gates = [gate()];
    box.link();
    await box.settle();
    const [item] = box.inbox.items;
    if (item === undefined) throw new Error("a gate waits");
    let go: () => void = () => undefined;
    box.folder.hold = new Promise((resolve) => {
      go = resolve;
    });
    box.entry("gate.evaluated");
    await box.settle();
    box.inbox.forget(item);
    expect(box.inbox.items).toEqual([]);
    go();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    expect(box.inbox.items).toEqual([]);
    // What the host lists when asked again counts: it may be the same question once more.
    box.entry("gate.evaluated");
    await box.settle();
    expect(box.inbox.items).toHaveLength(1);
  });

  it("has nothing of its own without a key", async () => {
    const box = inboxWith({ kind: "foreign", approvers: [approver("admin")] });
    box.lists.gates = [gate()];
    box.link();
    await box.settle();
    expect(box.inbox.mine).toEqual([]);
    expect(box.inbox.standing(workspaceId).kind).toBe("foreign");
  });

  it("starts no host only to ask", async () => {
    const box = inboxWith();
    box.folder.isLive = false;
    box.inbox.refresh();
    await box.settle();
    expect(box.asked).toEqual([]);
  });

  it("keeps what it listed when a host cannot answer, and says so in the log", async () => {
    const box = inboxWith();
    box.lists.gates = [gate()];
    box.link();
    await box.settle();
    box.folder.fails = true;
    box.entry("gate.evaluated");
    await box.settle();
    expect(box.inbox.items).toHaveLength(1);
    expect(box.logged.join()).toContain("no such method");
  });

  it("marks what has another digest than its subject", async () => {
    const box = inboxWith();
    box.lists.approvals = [{ ...approval(), digest: "9".repeat(64) }];
    box.link();
    await box.settle();
    expect(box.inbox.items[0]?.isSound).toBe(false);
  });

  it("forgets a folder that was closed", async () => {
    const box = inboxWith();
    box.lists.gates = [gate()];
    box.link();
    await box.settle();
    box.sessions.length = 0;
    box.folders();
    expect(box.inbox.items).toEqual([]);
    expect(box.changes()).toBeGreaterThan(1);
  });
});
