import * as vscode from "vscode";

/** Tells a tree what to read again, at most once per pause: many entries come at once. */
export class PacedRefresh<Node> implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  private readonly stale = new Set<Node | undefined>();
  private timer: NodeJS.Timeout | undefined;
  private readonly pauseMs: number;
  readonly event = this.changed.event;

  constructor(pauseMs: number) {
    this.pauseMs = pauseMs;
  }

  /** Undefined for the whole tree. */
  request(node: Node | undefined): void {
    this.stale.add(node);
    this.timer ??= setTimeout(() => this.flush(), this.pauseMs);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }

  private flush(): void {
    this.timer = undefined;
    const nodes = this.stale.has(undefined) ? [undefined] : [...this.stale];
    this.stale.clear();
    for (const node of nodes) this.changed.fire(node);
  }
}
