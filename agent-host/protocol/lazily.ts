/**
 * A record whose values are made when they are first read. Schemas take longer to build than a host has to start;
 * most starts need two of them.
 */
export function lazily<Makers extends Readonly<Record<string, () => unknown>>>(
  makers: Makers,
): { readonly [Key in keyof Makers]: ReturnType<Makers[Key]> } {
  const record = {};
  for (const [key, make] of Object.entries(makers)) {
    let made: { value: unknown } | null = null;
    const get = (): unknown => {
      made ??= { value: make() };
      return made.value;
    };
    Object.defineProperty(record, key, { enumerable: true, get });
  }
  return record as { readonly [Key in keyof Makers]: ReturnType<Makers[Key]> };
}
