import type { Entry } from "../protocol/journal.ts";
import { zeroHash } from "../protocol/journal-format.ts";

/** An entry's own words, as far as the chain needs them. */
export type Envelope = Pick<Entry, "seq" | "time" | "type" | "workspaceId" | "prevHash">;

const string = String.raw`"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"`;

/** The contract's line up to its data, every key at its place. Without groups: those would cost as much again. */
const startPattern = new RegExp(
  String.raw`\{"v":[1-9]\d*,"seq":[1-9]\d*,"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","type":"[\w.-]+",` +
    `"workspaceId":"[0-9a-f]{16}","runId":(?:null|"r-[0-9a-z-]{1,40}"),` +
    String.raw`"taskId":(?:null|"t-[0-9a-z-]{1,60}"),"cause":(?:null|[1-9]\d*),"traceId":(?:null|${string}),` +
    String.raw`"actor":\{"kind":"(?:user|agent|system)","id":${string},"role":${string}\},` +
    String.raw`"resource":(?:null|\{"type":${string},"id":${string}\}),"action":${string},"outcome":${string},` +
    String.raw`"data":(?=\{)`,
  "y",
);

const beforeHash = `,"prevHash":"`;
const afterHash = `"}`;
const endLength = beforeHash.length + zeroHash.length + afterHash.length;
const seqToTime = `,"time":"`.length;
const timeLength = "2000-01-01T00:00:00.000Z".length;
const timeToType = timeLength + `","type":"`.length;
const typeToWorkspace = `","workspaceId":"`.length;
const workspaceIdLength = 16;

/**
 * Reads a line, given in Latin-1 (one character for each byte). The envelope is matched, only what stands in `data`
 * is parsed: half the time of parsing the line, and no schema. Null for what is no entry; `irregular` for text that
 * does not match, which `parseEntry` has to settle, as a later release may add keys.
 */
export function readEnvelope(text: string): Envelope | null | "irregular" {
  startPattern.lastIndex = 0;
  const dataEnd = text.length - endLength;
  const hashAt = dataEnd + beforeHash.length;
  const hashEnd = text.length - afterHash.length;
  if (
    !startPattern.test(text) ||
    text.slice(dataEnd, hashAt) !== beforeHash ||
    text.slice(hashEnd) !== afterHash
  ) {
    return "irregular";
  }
  if (!isJson(text.slice(startPattern.lastIndex, dataEnd))) return null;
  // The pattern has matched: from here on every part stands at a known place.
  const seqAt = text.indexOf(":", `{"v":`.length) + 1;
  const seqEnd = text.indexOf(",", seqAt);
  const timeAt = seqEnd + seqToTime;
  const typeAt = timeAt + timeToType;
  const typeEnd = text.indexOf('"', typeAt);
  const workspaceAt = typeEnd + typeToWorkspace;
  return {
    seq: Number(text.slice(seqAt, seqEnd)),
    time: text.slice(timeAt, timeAt + timeLength),
    type: text.slice(typeAt, typeEnd),
    workspaceId: text.slice(workspaceAt, workspaceAt + workspaceIdLength),
    prevHash: text.slice(hashAt, hashEnd),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The question was whether it throws.
    return false;
  }
}
