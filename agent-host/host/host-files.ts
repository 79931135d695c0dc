/** What a host reads or runs besides its own code; the entry point knows where it lies. */
export interface HostFiles {
  /** Module of the analysis process. */
  readonly analysisUrl: URL;
  /** The shipped `rules.yaml`. */
  readonly rulesUrl: URL;
  /** Folder of the shipped prompts. */
  readonly promptsUrl: URL;
  /** Folder of the grammar for shell lines; it ends with a slash. */
  readonly shellUrl: URL;
}
