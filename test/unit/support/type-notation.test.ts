import { expect, it } from "vitest";
import { z } from "zod";
import { docComments } from "../../support/doc-comments.ts";
import { type JsonSchema, typeNotation } from "../../support/type-notation.ts";

function notation(schema: z.ZodType): string {
  return typeNotation(z.toJSONSchema(schema) as JsonSchema);
}

it.each([
  [
    "a string with limits",
    z.string().min(1).max(5),
    "string /* at least characters: 1, at most characters: 5 */",
  ],
  ["whole numbers without limits", z.int(), "integer"],
  ["a choice", z.enum(["a", "b"]).nullable(), '"a" | "b" | null'],
  ["lists of a choice", z.array(z.enum(["a", "b"])), '("a" | "b")[]'],
  ["records", z.record(z.string(), z.int()), "Record<string, integer>"],
  ["optional fields", z.strictObject({ a: z.string(), b: z.int().optional() }), "{ a: string; b?: integer }"],
  ["what can be anything", z.unknown(), "unknown"],
])("writes %s", (_name, schema, expected) => {
  expect(notation(schema)).toBe(expected);
});

it("breaks long objects into lines", () => {
  const schema = z.strictObject({
    aLongNameOfAField: z.strictObject({ b: z.string() }),
    ["c".repeat(90)]: z.int(),
  });
  expect(notation(schema).split("\n")).toHaveLength(4);
});

it("finds the doc comments of constants and quoted methods, not those of plain fields", () => {
  const source = `
    /** First
     * second. */
    export const a = {
      /** Of b. */
      "x/b": 1,
      /** Of c. */
      c: 2,
    };
  `;
  expect(docComments([source])).toEqual(
    new Map([
      ["a", "First second."],
      ["x/b", "Of b."],
    ]),
  );
});
