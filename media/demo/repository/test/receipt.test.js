import assert from "node:assert/strict";
import { test } from "node:test";
import { receiptOf } from "../src/receipt.js";

test("shows each line and the total", () => {
  const cart = { lines: [{ name: "bread", cents: 325, count: 2 }], total: () => 650 };
  assert.equal(receiptOf(cart), "2 × bread: 6.50\nTotal: 6.50");
});
