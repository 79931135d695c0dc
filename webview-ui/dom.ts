/** Values of attributes; `undefined` and `false` leave the attribute out, `true` sets it empty. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Listeners = Readonly<Record<string, (event: Event) => void>>;

/** A description of an element; `render` makes the page like it. `key` keeps its identity among siblings. */
export interface Description {
  readonly tag: string;
  readonly key: string | undefined;
  readonly attributes: Attributes;
  readonly on: Listeners;
  readonly children: readonly Child[];
}
export type Child = Description | string;

export interface Details {
  readonly key?: string;
  readonly on?: Listeners;
  readonly attributes?: Attributes;
}

/** Describes an element: `element("button.primary", { on: { click } }, "Run")`. Text is only ever text. */
export function element(
  selector: string,
  details: Details,
  ...children: readonly (Child | readonly Child[] | null)[]
): Description {
  const [tag = "div", ...classes] = selector.split(".");
  const named = classes.length === 0 ? {} : { class: classes.join(" ") };
  return {
    tag,
    key: details.key,
    attributes: { ...named, ...details.attributes },
    on: details.on ?? {},
    children: children.flat().filter((child): child is Child => child !== null),
  };
}

/** Changes `container` until it holds `children`. Elements that stay keep focus, selection and scroll place. */
export function render(container: Element, children: readonly Child[]): void {
  const wanted = new Set(children.map(childKey));
  const old = new Map<string, ChildNode>();
  for (const [index, node] of [...container.childNodes].entries()) {
    const key = nodeKey(node, index);
    // What goes, goes first: moving a node that stays would cost it focus and scroll place.
    if (wanted.has(key)) old.set(key, node);
    else node.remove();
  }
  let place: ChildNode | null = container.firstChild;
  for (const [index, child] of children.entries()) {
    const node = update(old.get(childKey(child, index)), child);
    if (node === place) place = place.nextSibling;
    else container.insertBefore(node, place);
  }
}

const descriptions = new WeakMap<Node, Description>();

function nodeKey(node: ChildNode, index: number): string {
  const description = descriptions.get(node);
  return description === undefined ? `#text ${index}` : childKey(description, index);
}

function childKey(child: Child, index: number): string {
  if (typeof child === "string") return `#text ${index}`;
  return child.key === undefined ? `${child.tag} ${index}` : `${child.tag} =${child.key}`;
}

function update(node: ChildNode | undefined, child: Child): ChildNode {
  if (typeof child === "string") {
    const text = node ?? document.createTextNode("");
    if (text.nodeValue !== child) text.nodeValue = child;
    return text;
  }
  const target = node instanceof HTMLElement ? node : document.createElement(child.tag);
  const before = descriptions.get(target);
  descriptions.set(target, child);
  setAttributes(target, before?.attributes ?? {}, child.attributes);
  listen(target, before?.on ?? {}, child.on);
  render(target, child.children);
  // A select takes its value only once its options exist.
  setValue(target, child.attributes.value);
  return target;
}

function setAttributes(target: HTMLElement, before: Attributes, after: Attributes): void {
  for (const name of Object.keys(before)) if (!(name in after)) target.removeAttribute(name);
  for (const [name, value] of Object.entries(after)) {
    if (name === "value" || value === before[name]) continue;
    if (value === undefined || value === false) target.removeAttribute(name);
    else target.setAttribute(name, value === true ? "" : String(value));
  }
}

function setValue(target: HTMLElement, value: Attributes[string]): void {
  if (value === undefined || !("value" in target)) return;
  if (target.value !== String(value)) target.value = String(value);
}

/** One listener per element and event for life; it looks up the newest description. */
function listen(target: HTMLElement, before: Listeners, after: Listeners): void {
  for (const name of Object.keys(after)) {
    if (Object.hasOwn(before, name) || listening(target).has(name)) continue;
    listening(target).add(name);
    target.addEventListener(name, (event) => descriptions.get(target)?.on[name]?.(event));
  }
}

const listenedTo = new WeakMap<Element, Set<string>>();

function listening(target: Element): Set<string> {
  const known = listenedTo.get(target);
  if (known !== undefined) return known;
  const names = new Set<string>();
  listenedTo.set(target, names);
  return names;
}
