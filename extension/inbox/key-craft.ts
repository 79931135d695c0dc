import {
  formatApproverKey,
  generateApproverKey,
  parseApproverKey,
  signDecision,
} from "../../agent-host/client/approver-key.ts";
import type { KeyCraft } from "./approver-keys.ts";

/** Keys as PEM without a passphrase: the editor's store of secrets protects them. */
export const keyCraft: KeyCraft = {
  generate(holder) {
    const { key, approver } = generateApproverKey(holder);
    return { approver, privateKey: formatApproverKey(key, null) };
  },
  sign: (decision, privateKey) => signDecision(decision, parseApproverKey(privateKey, null)),
};
