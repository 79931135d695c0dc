import { isPlaceholder } from "./placeholders.ts";

/** The password inside an address such as `postgres://user:password@host/`. */
export interface ConnectionPassword {
  readonly from: number;
  readonly to: number;
}

const address =
  /:\/\/([^\s:@/"'`<>(){}[\]\\,;|]{0,80}):([^\s@/"'`<>()[\]\\]{1,200})@(\[[0-9a-f:]+\]|[\w.${}%-]{1,200})/y;
const scheme =
  /(?:^|[^a-z])(postgres|postgresql|postgis|mysql|mysql2|mariadb|mongodb|mongodb\+srv|rediss?|amqps?|mssql|sqlserver|oracle|cockroachdb|clickhouse|nats|ldaps?|smtps?|imaps?|ftp|sftp|https?|postgresql\+\w+|mysql\+\w+)$/;

/** `at` is the place of `://`. Undefined unless scheme, password and host look like a system that is in use. */
export function connectionPasswordAt(text: string, at: number): ConnectionPassword | undefined {
  address.lastIndex = at;
  const match = address.exec(text);
  if (match === null) return undefined;
  const [, user = "", password = "", host = ""] = match;
  const protocol = scheme.exec(text.slice(Math.max(0, at - 24), at).toLowerCase())?.[1];
  if (protocol === undefined || isOwnMachine(host) || !isRealPassword(password, user)) return undefined;
  // A lone word as a host is a container beside this one, and its password is seldom more than a habit.
  if (!host.includes(".") || /^https?$|^ftp$/.test(protocol)) {
    if (password.length < 8 || !/\d/.test(password) || !/[A-Za-z]/.test(password)) return undefined;
  }
  const from = at + 3 + user.length + 1;
  return { from, to: from + password.length };
}

function isOwnMachine(host: string): boolean {
  return /^(?:localhost|127\.|0\.0\.0\.0|\[|10\.0\.0\.|192\.168\.|host\.docker\.internal|hostname?$|server$|my|your)|\.(?:local|localhost|example|test|invalid|internal)$|example\.|\bhost\b.*\bname\b|[${}%]|^(?:proxy|host|domain|dbhost|db-host)\b/i.test(
    host,
  );
}

function isRealPassword(password: string, user: string): boolean {
  if (password.length < 5 || password.toLowerCase() === user.toLowerCase()) return false;
  return !isPlaceholder(password) && !/[${}%*<>]/.test(password.replaceAll(/%[0-9A-F]{2}/gi, "-"));
}
