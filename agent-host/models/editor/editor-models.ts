import type { OfferedAnswer, OfferedModel, OfferedRequest } from "../../protocol/offered-model.ts";

/** The language models that connected windows offer. */
export interface EditorModels {
  /** Those of all windows that are connected now; each id once. */
  offered(): readonly OfferedModel[];
  /**
   * Asks a window that offers `request.modelId`. `onText` hears text as it comes.
   *
   * @throws HostError `model.noWindow` where no window offers it, or the one that was asked has gone; the signal's
   * reason when it aborts, which ends the call in the window too.
   */
  answer(
    request: OfferedRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<OfferedAnswer>;
}
