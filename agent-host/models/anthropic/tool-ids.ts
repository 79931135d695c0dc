/**
 * Ids of calls as the Messages API takes them (letters, digits, `_`, `-`), each once in a conversation. Ids that fit
 * stay as they are; the same conversation always gets the same ids, so that it can be cached.
 */
export class ToolIds {
  private readonly used = new Set<string>();
  private readonly sent = new Map<string, string>();

  isFree(id: string): boolean {
    return !this.used.has(id);
  }

  keep(id: string): void {
    this.used.add(id);
    this.sent.set(id, id);
  }

  /** The id under which a call is sent that the conversation knows as `id`. */
  add(id: string): string {
    const wanted = id.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 100) || "call";
    let free = wanted;
    for (let number = 2; this.used.has(free); number += 1) free = `${wanted}_${number}`;
    this.used.add(free);
    this.sent.set(id, free);
    return free;
  }

  /** What `add` or `keep` made of this id when it last occurred. */
  sentAs(id: string): string {
    return this.sent.get(id) ?? id;
  }
}
