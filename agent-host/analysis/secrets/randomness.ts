/** Shannon entropy of the characters of `text`, in bits per character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    entropy -= share * Math.log2(share);
  }
  return entropy;
}

/** True for text that nobody typed as a stand-in: enough entropy, no run, no sequence, no words that say so. */
export function hasRandomLook(text: string, minEntropy: number): boolean {
  if (text.length === 0 || entropyOf(text) < minEntropy) return false;
  return !standIn.test(text) && !/(.)\1{4}/.test(text) && !sequence.test(text.toLowerCase());
}

const standIn =
  /example|sample|dummy|fake|placeholder|your|xxxx|change|redacted|replace|secret|token|testing|\.\.\.|\*\*\*/i;
const sequence = /0123456|1234567|7654321|abcdefg|a1b2c3|qwerty|deadbeef/;
