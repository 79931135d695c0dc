import { describe, expect, it } from "vitest";
import { EventStream } from "../../../../../agent-host/models/anthropic/event-stream.ts";

function heard(text: string, pieceBytes: number): unknown[] {
  const events: unknown[] = [];
  const stream = new EventStream((event) => events.push(event));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) stream.feed(bytes.subarray(at, at + pieceBytes));
  return events;
}

describe("a stream of events", () => {
  const text =
    'event: message_start\ndata: {"type":"message_start","who":"Zoë 🙂"}\n\n' +
    'event: ping\ndata: {"type":"ping"}\n\n: a comment\n\n' +
    'data: {"type":"content_block_stop",\ndata: "index":0}\n\n' +
    'event: message_stop\r\ndata: {"type":"message_stop"}\r\n\r\n';

  it.each([1, 2, 3, 7, 1_000])("is read in pieces of %i bytes, whatever they cut", (pieceBytes) => {
    expect(heard(text, pieceBytes)).toEqual([
      { type: "message_start", who: "Zoë 🙂" },
      { type: "content_block_stop", index: 0 },
      { type: "message_stop" },
    ]);
  });

  it("gives nothing of an event whose end did not come", () => {
    expect(heard('data: {"type":"message_stop"}\n', 5)).toEqual([]);
  });

  it("throws what the endpoint says went wrong, with its body", () => {
    const body = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    for (const name of ["event: error\n", ""]) {
      const failing = (): unknown => heard(`${name}data: ${JSON.stringify(body)}\n\n`, 9);
      expect(failing).toThrow(expect.objectContaining({ code: "http.toldInStream", error: body }));
    }
  });

  it("throws for an event that is no JSON", () => {
    expect(() => heard("data: {oh no\n\n", 4)).toThrow(expect.objectContaining({ code: "http.badEvent" }));
  });
});
