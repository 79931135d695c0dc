import { randomUUID } from "node:crypto";
import { HostError } from "../core/host-error.ts";
import type { EditorModels } from "../models/editor/editor-models.ts";
import type { OfferedAnswer, OfferedModel, OfferedRequest } from "../protocol/offered-model.ts";
import type { EditorSession } from "./editors.ts";

/** A call may take this long; whoever asks has shorter limits of its own. */
const answerLimitMs = 30 * 60_000;

/** The language models of connected windows: each window's last offer, gone with the window. */
export class OfferedModels implements EditorModels {
  /** In the order in which the windows first offered. */
  private readonly offers = new Map<EditorSession, readonly OfferedModel[]>();
  private readonly onOffer: () => void;

  /** `onOffer` hears that there are models which were not there before. */
  constructor({ onOffer = () => undefined }: { onOffer?: () => void } = {}) {
    this.onOffer = onOffer;
  }

  /** Takes the place of what this window offered before. */
  offer(window: EditorSession, models: readonly OfferedModel[]): void {
    if (window.signal.aborted) return;
    if (!this.offers.has(window)) {
      window.signal.addEventListener("abort", () => this.offers.delete(window), { once: true });
    }
    const before = new Set(this.offered().map(({ id }) => id));
    this.offers.set(window, models);
    if (models.some(({ id }) => !before.has(id))) this.onOffer();
  }

  offered(): readonly OfferedModel[] {
    const byId = new Map<string, OfferedModel>();
    for (const model of [...this.offers.values()].flat()) {
      if (!byId.has(model.id)) byId.set(model.id, model);
    }
    return [...byId.values()];
  }

  async answer(
    request: OfferedRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<OfferedAnswer> {
    signal.throwIfAborted();
    const window = this.windowWith(request.modelId);
    if (window === undefined) throw noWindow(`No window offers the model ${request.modelId}`);
    const callId = randomUUID();
    const listening = window.onNotification("model/text", (note) => {
      if (note.callId === callId) onText(note.text);
    });
    try {
      return await window.request("model/answer", { callId, request }, answerLimitMs, signal);
    } catch (error) {
      if (signal.aborted || !window.signal.aborted) throw error;
      throw noWindow("The window whose model was asked is gone", error);
    } finally {
      listening.dispose();
    }
  }

  /** The one that offered last: the others may be windows that nobody looks at any more. */
  private windowWith(modelId: string): EditorSession | undefined {
    return [...this.offers].findLast(([, models]) => models.some(({ id }) => id === modelId))?.[0];
  }
}

function noWindow(message: string, cause?: unknown): HostError {
  return new HostError("model.noWindow", message, {
    hint: "Open the folder in an editor that has this model, or choose another provider",
    cause,
  });
}
