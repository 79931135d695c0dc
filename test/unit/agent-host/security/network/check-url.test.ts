import { describe, expect, it } from "vitest";
import { checkUrl } from "../../../../../agent-host/security/network/check-url.ts";
import { addressProblem } from "../../../../../agent-host/security/network/public-address.ts";

const refused = [
  // Other schemes, and none.
  ...["", "example.com", "//example.com/", "file:///etc/passwd", "ftp://example.com/", "javascript:alert(1)"],
  ...[
    "data:text/html,x",
    "gopher://example.com/",
    "ws://example.com/",
    "blob:https://example.com/x",
    "http:",
  ],
  ...["https:example.com", "https:/example.com", "https:///example.com", "view-source:https://example.com"],
  // Somebody in front of the host.
  ...[
    "https://a@example.com/",
    "https://a:b@example.com/",
    "https://example.com@evil.example/",
    "https://@example.com/",
  ],
  ...["https://example.com:80@evil.example/", "https://:@example.com/"],
  // What parsers disagree on.
  ...[
    "https:\\\\example.com",
    "https://example.com\\@evil.example/",
    "https://example.com\t/",
    "ht\ntps://example.com/",
  ],
  ...[
    " https://example.com/",
    "https://exam ple.com/",
    "https://example.com/\u202e",
    "https://exa\u00admple.com/",
  ],
  ...[
    "https://example.com%2f@evil.example/",
    "https://[::1",
    "https://example..com/",
    "https://%00/",
    "https://[::1]x/",
  ],
  // This machine and the network around it, in every form of a number.
  ...["http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"],
  ...[
    "http://0x7f.1/",
    "http://127.0.0.1./",
    "http://0/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
  ],
  ...[
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
  ],
  ...[
    "http://192.0.0.8/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
  ],
  ...["http://①②⑦.⓪.⓪.①/", "http://１２７.０.０.１/", "http://127。0。0。1/"],
  ...[
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
  ],
  ...[
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[2002:7f00:1::]/",
  ],
  ...[
    "http://[2001:0:7f00:1::]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::1]/",
    "http://[2001:db8::1]/",
  ],
  ...["http://[100::1]/", "http://[3fff::1]/", "http://[fec0::1]/", "http://[5f00::1]/"],
  // Names of such places.
  ...[
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://a.localhost/",
    "http://printer.local/",
  ],
  ...[
    "http://metadata.google.internal/",
    "http://metadata/",
    "http://intranet/",
    "http://router.lan/",
    "http://x.home.arpa/",
  ],
  // Other services.
  ...[
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:6379/",
    "https://example.com:3306/",
  ],
  ...[
    "http://example.com:1/",
    "http://example.com:65536/",
    "http://example.com:0/",
    `https://example.com/${"a".repeat(2_000)}`,
  ],
];

describe("checkUrl", () => {
  it("knows at least sixty ways to lead it astray", () => {
    expect(new Set(refused).size).toBe(refused.length);
    expect(refused.length).toBeGreaterThan(60);
  });

  it.each(refused)("refuses %j", (text) => {
    expect(checkUrl(text)).toMatchObject({ kind: "refused" });
  });

  it.each([
    ["https://example.com", "https://example.com/", "example.com"],
    ["HTTPS://EXAMPLE.com:443/A?b=c#d", "https://example.com/A?b=c", "example.com"],
    ["http://example.com:8080/", "http://example.com:8080/", "example.com"],
    ["https://bücher.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"],
    ["https://аpple.com/", "https://xn--pple-43d.com/", "xn--pple-43d.com"],
    ["https://example.com/a/../b", "https://example.com/b", "example.com"],
    [
      "https://example.com/?u=http://127.0.0.1/@x",
      "https://example.com/?u=http://127.0.0.1/@x",
      "example.com",
    ],
    ["http://93.184.216.34/", "http://93.184.216.34/", "93.184.216.34"],
    ["http://[2606:4700::1111]/", "http://[2606:4700::1111]/", "[2606:4700::1111]"],
    ["https://local.example.com/", "https://local.example.com/", "local.example.com"],
    ["https://localhost.example.com/", "https://localhost.example.com/", "localhost.example.com"],
  ])("writes %j as it is understood", (text, url, host) => {
    expect(checkUrl(text)).toEqual({ kind: "url", url, host, port: new URL(url).port });
    expect(checkUrl(url)).toMatchObject({ kind: "url", url });
  });
});

describe("addressProblem", () => {
  it.each(["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"])(
    "has nothing against %s",
    (address) => {
      expect(addressProblem(address)).toBeNull();
    },
  );

  it.each([
    ...["127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0", "192.88.99.1", "203.0.113.1", "not one", ""],
    ...[
      "::1",
      "::ffff:8.8.8.8",
      "64:ff9b::808:808",
      "2002:808:808::",
      "2001::1",
      "fe80::1%eth0",
      "fd00::1",
      "::8.8.8.8",
    ],
  ])("has something against %j", (address) => {
    expect(addressProblem(address)).not.toBeNull();
  });
});
