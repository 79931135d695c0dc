/** Something that holds a resource until `dispose` is called. Calling it again does nothing. */
export interface Disposable {
  dispose(): void;
}

/** Makes a `Disposable` that runs `release` at most once. */
export function disposable(release: () => void): Disposable {
  let released = false;
  return {
    dispose() {
      if (released) return;
      released = true;
      release();
    },
  };
}
