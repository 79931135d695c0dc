/** The journal format this program writes; a larger number on disk opens read-only. */
export const journalFormat = 1;

/** `prevHash` of the first entry. */
export const zeroHash = "0".repeat(64);

/** Schema version of each event type's data, for the entry's `v`. */
export const eventVersion = 1;
