import { HostError } from "../../core/host-error.ts";

/**
 * The address of an endpoint as it is asked: without a slash or `/v1` at its end. `where` names the setting.
 *
 * @throws HostError `config.invalid` for what is no http(s) address, holds a name and password, or is plain http to
 * another machine without `allowInsecure`.
 */
export function baseUrlOf(text: string, where: string, allowInsecure: boolean): string {
  const url = parsed(text.trim());
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalid(where, "an address that begins with https:// or http:// expected");
  }
  if (url.username !== "" || url.password !== "")
    throw invalid(where, "an address holds no name and password");
  if (url.search !== "" || url.hash !== "") throw invalid(where, "an address without ? and # expected");
  if (url.protocol === "http:" && !allowInsecure && !isLoopback(url.hostname)) {
    throw new HostError(
      "config.invalid",
      `${where}: plain http to ${url.hostname} shows keys and code to all on the way`,
      {
        hint: "Use https, or set allowInsecure: true for this endpoint in config.yaml",
      },
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, "").replace(/\/v1$/, "").replace(/\/+$/, "");
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    // The only thing it throws: no address.
    return null;
  }
}

// The parser has brought every spelling of an IPv4 address into this form.
function isLoopback(host: string): boolean {
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(?:\.\d+){3}$/.test(host)
  );
}

function invalid(where: string, problem: string): HostError {
  return new HostError("config.invalid", `${where}: ${problem}`, {
    hint: "Write the address of the server, for example http://localhost:11434",
  });
}
