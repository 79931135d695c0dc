/** Arrow keys within lists of rows, F6 between the parts of the page. Enter and Space are the buttons' own. */
export function handleKeys(root: HTMLElement): void {
  root.addEventListener("keydown", (event) => {
    if (event.key === "F6") {
      event.preventDefault();
      focusPart(root, event.shiftKey ? -1 : 1);
      return;
    }
    const row = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-row]") : null;
    if (row === null) return;
    const rows = [...root.querySelectorAll<HTMLElement>("[data-row]")];
    const next = rowAfter(rows.indexOf(row), rows.length, event.key);
    if (next === null) return;
    event.preventDefault();
    rows[next]?.focus();
  });
}

/** Index of the row a key goes to; null for a key that moves nothing. */
export function rowAfter(index: number, count: number, key: string): number | null {
  switch (key) {
    case "ArrowDown":
      return Math.min(index + 1, count - 1);
    case "ArrowUp":
      return Math.max(index - 1, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

const focusable = "button, textarea, input, select, [tabindex='0']";

function focusPart(root: HTMLElement, step: number): void {
  const parts = [...root.querySelectorAll<HTMLElement>("[data-part]")].filter(
    (part) => part.querySelector(focusable) !== null,
  );
  const current = parts.findIndex((part) => part.contains(document.activeElement));
  const next = parts[(current + step + parts.length) % parts.length];
  next?.querySelector<HTMLElement>(focusable)?.focus();
}
