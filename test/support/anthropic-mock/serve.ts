import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseScript } from "../../../agent-host/models/scripted/parse-script.ts";
import { startAnthropicMock } from "./mock-server.ts";
import { scriptedAnswers } from "./scripted-answers.ts";

// The mock as a process, for e2e tests, benches and trying out by hand:
//   node test/support/anthropic-mock/serve.ts --script FILE [--key KEY] [--max-concurrent N] [--retry-after TEXT]
//     [--latency-ms N] [--event-ms N] [--fragment-bytes N|none] [--overloaded-share P] [--seed N]
// Prints one line, {"port":…,"url":…}; ends at the end of its input, or by SIGTERM. GET /mock/stats tells how it went.
//   ANTHROPIC_BASE_URL=<url> ANTHROPIC_API_KEY=test-key agent-team run --provider anthropic "…"

const { values } = parseArgs({
  options: {
    script: { type: "string" },
    key: { type: "string" },
    seed: { type: "string" },
    "max-concurrent": { type: "string" },
    "retry-after": { type: "string" },
    "latency-ms": { type: "string" },
    "event-ms": { type: "string" },
    "fragment-bytes": { type: "string" },
    "overloaded-share": { type: "string" },
  },
});

const script = parseScript(readFileSync(values.script ?? "/dev/stdin", "utf8"));
const fragment = values["fragment-bytes"];
const mock = await startAnthropicMock({
  answer: scriptedAnswers(script),
  fragmentBytes: fragment === "none" ? null : Number(fragment ?? 40),
  ...(values.key === undefined ? {} : { key: values.key }),
  ...(values["retry-after"] === undefined ? {} : { retryAfter: values["retry-after"] }),
  ...numbers({
    seed: values.seed,
    maxConcurrent: values["max-concurrent"],
    latencyMs: values["latency-ms"],
    eventMs: values["event-ms"],
    overloadedShare: values["overloaded-share"],
  }),
});
console.log(JSON.stringify({ port: mock.port, url: mock.url }));

const stop = (): void => void mock.close().then(() => process.exit(0));
process.once("SIGTERM", stop);
if (values.script !== undefined) process.stdin.once("end", stop).resume();

function numbers(given: Readonly<Record<string, string | undefined>>): Record<string, number> {
  const said = Object.entries(given).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, Number(text)]],
  );
  return Object.fromEntries(said);
}
