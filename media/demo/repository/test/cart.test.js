import assert from "node:assert/strict";
import { test } from "node:test";
import { Cart } from "../src/cart.js";

test("adds up what is in it", () => {
  const cart = new Cart();
  cart.add("apple", 40, 3);
  cart.add("bread", 325);
  assert.equal(cart.total(), 445);
});
