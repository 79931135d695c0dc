import { describe, expect, it } from "vitest";
import { answerQuery } from "../../../../../agent-host/analysis/queries/answer-query.ts";
import type { ReferencesAnswer } from "../../../../../agent-host/analysis/queries/query.ts";

async function places(files: Readonly<Record<string, string>>, name: string): Promise<string[]> {
  const given = Object.entries(files).map(([path, text]) => ({ path, text }));
  const answer = await answerQuery({ kind: "references", name, files: given, maxPlaces: 100 });
  return (answer as ReferencesAnswer).places.map(({ file, line, kind }) => `${file}:${line} ${kind}`);
}

const source = `import { total as sum } from "./total.ts";
// total in a comment
const text = "total" + \`total \${total(1)} total\`;
export function total(total: number) {
  return this.total + total;
}
class Cart { #total = 1; get total() { return this.#total; } }
interface Bill { total: number }
const { total: renamed, other: total } = { total, other: 1 };
type T = typeof total;
label: total2();
`;

describe("references", () => {
  it("tells definitions, imports and uses of TypeScript apart, and passes over strings and comments", async () => {
    expect(await places({ "a.ts": source }, "total")).toEqual([
      "a.ts:4 definition",
      "a.ts:7 definition",
      "a.ts:8 definition",
      "a.ts:9 definition",
      "a.ts:1 import",
      "a.ts:3 use",
      "a.ts:5 use",
      "a.ts:7 use",
      "a.ts:9 use",
      "a.ts:10 use",
    ]);
  });

  it("reads JSX, and files that are broken", async () => {
    const jsx = "export const App = () => <Total name='Total'>Total {Total}</Total>;\n";
    expect(await places({ "a.jsx": jsx }, "Total")).toEqual(["a.jsx:1 use"]);
    expect(await places({ "a.ts": "}}\nconst total = ;\ntotal(" }, "total")).toEqual([
      "a.ts:2 definition",
      "a.ts:3 use",
    ]);
  });

  it("does the same for Python", async () => {
    const python = `from shop import total as t, x
import total
def total(total, other=total):
    """total"""
    self.total = total  # total
    for total in [total]: pass
    with open(f"{total}") as total: pass
class total(Base): pass
print(total=1)
a.total = b.total
`;
    expect(await places({ "a.py": python }, "total")).toEqual([
      "a.py:3 definition",
      "a.py:5 definition",
      "a.py:6 definition",
      "a.py:7 definition",
      "a.py:8 definition",
      "a.py:10 definition",
      "a.py:1 import",
      "a.py:2 import",
      "a.py:3 use",
      "a.py:5 use",
      "a.py:6 use",
      "a.py:7 use",
      "a.py:9 use",
      "a.py:10 use",
    ]);
  });

  it("goes by words where it has no parser, and where no parser gets through", async () => {
    expect(await places({ "a.go": "// total\nfunc total2() { subtotal; total }\n" }, "total")).toEqual([
      "a.go:1 word",
      "a.go:2 word",
    ]);
    const deep = `total(${"(".repeat(100_000)}1${")".repeat(100_000)});\n`;
    expect(await places({ "a.ts": deep }, "total")).toEqual(["a.ts:1 word"]);
  });

  it("finds names of other scripts", async () => {
    expect(await places({ "a.ts": "const größe = 1; größe;" }, "größe")).toEqual([
      "a.ts:1 definition",
      "a.ts:1 use",
    ]);
  });
});
