import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { sha256 } from "../core/digest.ts";
import { type Disposable, disposable } from "../core/disposable.ts";
import { type Event, EventEmitter } from "../core/event-emitter.ts";
import { HostError } from "../core/host-error.ts";
import type { RulesSource } from "../protocol/decision-terms.ts";
import type { EffectiveRules, RulesEvent, RulesPart } from "./effective-rules.ts";
import { layPart } from "./lay-part.ts";
import { type FileContent, readRulesFile } from "./read-rules-file.ts";
import { type Readings, RulesBuilder, type RulesReading } from "./rules-builder.ts";
import { parseRulesFile } from "./rules-file.ts";
import { readVariables } from "./rules-variables.ts";

export interface RulesLoaderOptions {
  /** The shipped `rules.yaml`, an absolute path. */
  readonly shippedFile: string;
  /** State folder of the user, where `rules.yaml` and `rules.<env>.yaml` lie. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /**
   * Asked at each look: root of the workspace and the SHA-256 of the rules of it that a person approved; null while
   * the workspace is not trusted, and then nothing of it is read.
   */
  workspace(): { readonly root: string; readonly approved: ReadonlySet<string> } | null;
  /** A subscriber threw, or a look at the files failed while watching. */
  onError(error: unknown): void;
}

/** Where the rules of a workspace lie, relative to its root. */
export const workspaceRulesPath = ".agent-team/rules.yaml";
const watchIntervalMs = 2_000;

/**
 * The rules in force, strongest last: shipped, the user's `rules.yaml`, `rules.<AGENT_TEAM_ENV>.yaml` beside it,
 * variables (`rulesVariables`), the workspace's file, which counts only once a person approved its bytes and may only
 * tighten. A part that is invalid is refused with its place; its last good version, if this host has seen one, stays.
 *
 * Nothing is read before the first `refresh`. Files are looked at by name rather than watched: a folder may come
 * later, and editors replace files.
 */
export class RulesLoader {
  readonly events: Event<RulesEvent>;
  private readonly emitter: EventEmitter<RulesEvent>;
  private readonly options: RulesLoaderOptions;
  private builder: RulesBuilder | null = null;
  private effective: EffectiveRules | null = null;
  private seen = "";
  private started = 0;
  private applied = 0;

  constructor(options: RulesLoaderOptions) {
    this.options = options;
    this.emitter = new EventEmitter(options.onError);
    this.events = this.emitter;
  }

  /** @throws HostError `rules.notLoaded` before the first `refresh` is done. */
  current(): EffectiveRules {
    if (this.effective !== null) return this.effective;
    throw new HostError("rules.notLoaded", "the rules are not loaded yet");
  }

  /**
   * Looks at the files and returns what is in force now; the same object while nothing changed. Subscribers hear of
   * changes before it resolves.
   *
   * @throws HostError `rules.shipped` when the shipped file is missing or broken; the signal's reason.
   */
  async refresh(signal: AbortSignal): Promise<EffectiveRules> {
    this.started += 1;
    const turn = this.started;
    const builder = this.builder ?? (await createBuilder(this.options.shippedFile));
    const readings = await this.read();
    signal.throwIfAborted();
    // A look that began later was faster: what it saw is newer.
    if (turn < this.applied) return this.current();
    this.applied = turn;
    this.builder ??= builder;
    return this.apply(this.builder, readings);
  }

  /** Looks again every two seconds until disposed. */
  watch(): Disposable {
    const stop = new AbortController();
    void this.lookUntil(stop.signal);
    return disposable(() => stop.abort());
  }

  private async lookUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.options.clock.sleep(watchIntervalMs, signal);
        await this.refresh(signal);
      } catch (error) {
        if (!signal.aborted) this.options.onError(error);
      }
    }
  }

  private async read(): Promise<Readings> {
    const { home, env } = this.options;
    const variables = readVariables(env);
    const workspace = this.options.workspace();
    const overlay = overlayOf(env);
    const [user, beside, own] = await Promise.all([
      readRulesFile(join(home, "rules.yaml")),
      overlay.kind === "named" ? readRulesFile(join(home, overlay.name)) : null,
      workspace === null ? null : readRulesFile(join(workspace.root, workspaceRulesPath)),
    ]);
    const files: RulesReading[] = [reading("user", "rules.yaml", user)];
    if (overlay.kind === "named" && beside !== null)
      files.push({ ...reading("user", overlay.name, beside), isWanted: true });
    if (overlay.kind === "odd") {
      variables.refusals.push({
        name: "AGENT_TEAM_ENV",
        path: "",
        reason: "lower-case letters, digits and - expected",
      });
    }
    if (workspace === null || own === null) return { files, variables, workspace: null };
    const of = reading("workspace", workspaceRulesPath, own);
    return { files, variables, workspace: { reading: of, approved: workspace.approved } };
  }

  private apply(builder: RulesBuilder, readings: Readings): EffectiveRules {
    const seen = fingerprint(readings);
    if (this.effective !== null && seen === this.seen) return this.effective;
    const before = this.effective;
    const after = builder.build(readings);
    this.seen = seen;
    this.effective = after;
    this.tell(before, after);
    return after;
  }

  private tell(before: EffectiveRules | null, after: EffectiveRules): void {
    const known = new Set(before?.refusals.map((refusal) => JSON.stringify(refusal)));
    for (const refusal of after.refusals) {
      if (!known.has(JSON.stringify(refusal))) this.emitter.emit({ kind: "refused", refusal });
    }
    if (after.inert !== null && after.inert.sha256 !== before?.inert?.sha256) {
      this.emitter.emit({ kind: "inert", inert: after.inert });
    }
    if (after.checksum === before?.checksum) return;
    this.emitter.emit({
      kind: "loaded",
      source: changedSource(before?.parts ?? [], after.parts),
      effective: after,
    });
  }
}

async function createBuilder(shippedFile: string): Promise<RulesBuilder> {
  const content = await readRulesFile(shippedFile);
  const hint = "Install the program again; the file is part of it.";
  if (content.kind !== "bytes")
    throw new HostError("rules.shipped", `${shippedFile} cannot be read`, { hint });
  const parsed = parseRulesFile(content.bytes);
  const laid = parsed.kind === "ok" ? layPart(null, parsed.value, false) : parsed;
  if (laid.kind === "ok") return new RulesBuilder({ rules: laid.value, sha256: sha256(content.bytes) });
  const { line, path, reason } = laid.fault;
  throw new HostError("rules.shipped", `${shippedFile}, line ${line ?? 1}: ${path}: ${reason}`, { hint });
}

type Overlay = { readonly kind: "none" | "odd" } | { readonly kind: "named"; readonly name: string };

function overlayOf(env: RulesLoaderOptions["env"]): Overlay {
  const name = env.AGENT_TEAM_ENV ?? "";
  if (name === "") return { kind: "none" };
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(name)
    ? { kind: "named", name: `rules.${name}.yaml` }
    : { kind: "odd" };
}

function reading(source: RulesSource, name: string, content: FileContent): RulesReading {
  return { source, name, content, isWanted: false };
}

/** Differs whenever what would be built could differ. */
function fingerprint({ files, variables, workspace }: Readings): string {
  const all = [...files, ...(workspace === null ? [] : [workspace.reading])];
  const contents = all.map(({ name, content }) => [
    name,
    content.kind === "bytes" ? sha256(content.bytes) : content.kind,
  ]);
  return JSON.stringify([contents, variables, workspace === null ? null : [...workspace.approved].sort()]);
}

/** Source of the strongest part that is new, changed or gone. */
function changedSource(before: readonly RulesPart[], after: readonly RulesPart[]): RulesSource {
  const textOf = ({ source, name, sha256: hash }: RulesPart): string => `${source} ${name} ${hash}`;
  const [old, now] = [new Set(before.map(textOf)), new Set(after.map(textOf))];
  const changed = [
    ...after.filter((part) => !old.has(textOf(part))),
    ...before.filter((part) => !now.has(textOf(part))),
  ];
  for (const source of ["workspace", "user"] as const) {
    if (changed.some((part) => part.source === source)) return source;
  }
  return "shipped";
}
