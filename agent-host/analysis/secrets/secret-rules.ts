import type { Rule } from "../rules/rule.ts";

const remedy =
  "Revoke it where it was issued, read it from the environment or a secret store, and remove it from the history.";

export const tokenRule: Rule = {
  id: "security/secret-token",
  category: "security",
  severity: "error",
  title: "Access token in the source",
  why: "Everyone who can read the repository, or a copy of it, can use this access until it is revoked.",
  remedy,
};

export const privateKeyRule: Rule = {
  id: "security/secret-private-key",
  category: "security",
  severity: "error",
  title: "Private key in the source",
  why: "Whoever has the private key can pose as its owner and read what was meant for them.",
  remedy:
    "Make a new key pair, stop trusting the old one, and keep the new private key outside the repository.",
};

export const connectionRule: Rule = {
  id: "security/secret-in-url",
  category: "security",
  severity: "error",
  title: "Password in a connection address",
  why: "Everyone who can read the repository can log in there; addresses also end up in logs.",
  remedy: "Change the password and read the address from the environment.",
};

export const assignmentRule: Rule = {
  id: "security/secret-assignment",
  category: "security",
  severity: "warning",
  title: "Password or key written into the source",
  why: "It looks like a real credential; everyone who can read the repository could use it.",
  remedy:
    "If it is real: change it, read it from the environment or a secret store. If not: name it as an example.",
};
