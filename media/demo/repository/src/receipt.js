/** The receipt as text, one line for each thing that was bought. */
export function receiptOf(cart) {
  const rows = cart.lines.map(({ name, cents, count }) => `${count} × ${name}: ${price(cents * count)}`);
  return [...rows, `Total: ${price(cart.total())}`].join("\n");
}

/** Cents as a price: 1250 is "12.50". */
export function price(cents) {
  return (cents / 100).toFixed(2);
}
