/** Clients behind trusted proxies, from the log to the count: each jail by its own proxies. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openReadingDaemon } from "./reading-daemon.fixture.ts";

const TOML = `[jails.none]
filter = "access-log"
maxretry = 2
[jails.refused]
filter = "access-log"
maxretry = 2
trusted_proxies = []
[jails.trusted]
filter = "access-log"
maxretry = 100
trusted_proxies = ["10.0.0.0/24", "cloudflare"]
`;

function line(peer: string, forwarded: string): string {
  const at = new Date().toISOString();
  return `${peer} - alice [${at}] "GET / HTTP/1.1" 401 153 "-" "curl \\x22203.0.113.9\\x22" "${forwarded}"`;
}

test("jails of one log count the client by the proxies that each trusts", async () => {
  await using daemon = await openReadingDaemon(TOML);
  const log = join(daemon.folder, "access.log");
  const source = { kind: "file", files: [log] } as const;
  const lines = [
    line("10.0.0.2", "203.0.113.9, 192.0.2.1"),
    line("10.0.0.2", "192.0.2.1, 10.0.0.3"),
    line("10.0.0.2", "203.0.113.9, unknown"),
    line("10.0.0.2", "10.0.0.3"),
    line("10.0.0.2", "-"),
    line("104.16.0.1", "203.0.113.9, 192.0.2.2"),
    line("192.0.2.3", "203.0.113.9"),
    JSON.stringify({ log: `${line("10.0.0.2", "192.0.2.4")}\n`, time: new Date().toISOString() }),
  ];
  writeFileSync(log, `${lines.join("\n")}\n`);
  await daemon.read({ none: source, refused: source, trusted: source });
  await daemon.until(() => daemon.counted().includes("trusted 192.0.2.4"), "the last line counts");
  const counted = (jail: string): readonly string[] =>
    daemon.counted().filter((one) => one.startsWith(`${jail} `));
  assert.deepEqual(
    counted("trusted"),
    ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map((ip) => `trusted ${ip}`),
  );
  const hidden = daemon.jails.find(({ name }) => name === "trusted")?.hidden;
  assert.deepEqual([hidden?.failures, hidden?.why], [3, "missing"]);
  const banned = daemon.events.flatMap((one) =>
    one.event === "ban" ? [`${one.jail} ${one.ip}`] : [],
  );
  // An administrator who says that no proxy is in front has it banned as any other address.
  assert.deepEqual(banned, ["refused 10.0.0.2"]);
  const suspected = daemon.events.flatMap((one) =>
    one.event === "proxy-suspected" ? [`${one.jail} ${one.ip}`] : [],
  );
  assert.deepEqual(suspected, ["none 10.0.0.2"]);
  assert.ok(!daemon.counted().some((one) => one.endsWith("203.0.113.9")));
});

const HEADERS_TOML = `[jails.direct]
filter = "access-log"
client_field = "http_cf_connecting_ip"
trusted_proxies = []
[jails.list]
filter = "access-log"
trusted_proxies = ["cloudflare"]
[jails.one]
filter = "access-log"
client_field = "http_cf_connecting_ip"
trusted_proxies = ["cloudflare"]
`;

function jsonLine(peer: string, header: string, list = "203.0.113.9"): string {
  return JSON.stringify({
    ...{ time: new Date().toISOString(), remote_addr: peer, remote_user: "alice" },
    ...{ request: "GET / HTTP/1.1", status: "401" },
    ...{ http_x_forwarded_for: list, http_cf_connecting_ip: header },
  });
}

test("a header with one address is believed only of a trusted proxy, in the jail that names its field", async () => {
  await using daemon = await openReadingDaemon(HEADERS_TOML);
  const log = join(daemon.folder, "access.log");
  const source = { kind: "file", files: [log] } as const;
  const cloudflare = "104.16.0.1";
  const lines = [
    jsonLine(cloudflare, "192.0.2.1"),
    // Forged from elsewhere: the peer counts.
    jsonLine("192.0.2.66", "203.0.113.9"),
    // Two headers, none, no address, and a customer's program: nobody counts.
    jsonLine(cloudflare, "203.0.113.9, 192.0.2.1"),
    jsonLine(cloudflare, "-"),
    jsonLine(cloudflare, "unknown"),
    jsonLine(cloudflare, "2a06:98c0:3600::103"),
    jsonLine(cloudflare, "2001:db8::7", "192.0.2.5"),
    jsonLine(cloudflare, "192.0.2.2", "192.0.2.6"),
  ];
  writeFileSync(log, `${lines.join("\n")}\n`);
  await daemon.read({ direct: source, list: source, one: source });
  await daemon.until(() => daemon.counted().includes("one 192.0.2.2"), "the last line counts");
  const counted = (jail: string): readonly string[] =>
    daemon
      .counted()
      .filter((one) => one.startsWith(`${jail} `))
      .map((one) => one.slice(jail.length + 1));
  assert.deepEqual(counted("one").toSorted(), [
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.66",
    "2001:db8::/64",
  ]);
  const hidden = daemon.jails.find(({ name }) => name === "one")?.hidden;
  assert.equal(hidden?.failures, 4);
  assert.ok(counted("list").includes("192.0.2.6"), "other jails read what the filter says");
  assert.ok(counted("direct").every((ip) => ip === cloudflare || ip === "192.0.2.66"));
});

const CRAWLER_TOML = `[jails.fake-crawler]
mode = "abuse"
maxretry = 2
trusted_proxies = ["10.0.0.2"]
[jails.bare]
filter = "fake-crawler"
mode = "abuse"
maxretry = 2
`;

test("only a client outside of the crawler's networks is a fake, whichever proxy is in front", async () => {
  await using daemon = await openReadingDaemon(CRAWLER_TOML);
  const log = join(daemon.folder, "access.log");
  const source = { kind: "file", files: [log] } as const;
  const request = (peer: string, forwarded: string, agent = "Googlebot/2.1"): string =>
    `${peer} - - [${new Date().toISOString()}] "GET / HTTP/1.1" 200 153 "-" "${agent}" "${forwarded}"`;
  const real = "66.249.66.1";
  const lines = [
    request("10.0.0.2", real),
    request("10.0.0.2", `203.0.113.9, ${real}`),
    request(real, "-"),
    request("2001:4860:4801:2::1", "-"),
    request("17.22.237.1", "-", "Applebot/0.1"),
    request("104.16.0.1", "203.0.113.9"),
    // Apple's network is none of Google's, and a forged header changes nothing.
    request("17.22.237.1", "-"),
    request("192.0.2.66", real),
    request("10.0.0.2", "192.0.2.5"),
    request("192.0.2.2", "-", "Mozilla/5.0"),
    request("192.0.2.4", "-", "Applebot/0.1"),
  ];
  writeFileSync(log, `${lines.flatMap((line) => [line, line]).join("\n")}\n`);
  await daemon.read({ "fake-crawler": source, bare: source });
  await daemon.until(
    () => ["fake-crawler", "bare"].every((jail) => banned(jail).includes("192.0.2.4")),
    "the last address is banned",
  );
  function banned(jail: string): readonly string[] {
    return daemon.events.flatMap((one) =>
      one.event === "ban" && one.jail === jail ? [one.ip] : [],
    );
  }
  assert.deepEqual(banned("fake-crawler").toSorted(), [
    "17.22.237.1",
    "192.0.2.4",
    "192.0.2.5",
    "192.0.2.66",
  ]);
  assert.deepEqual(banned("bare").toSorted(), ["17.22.237.1", "192.0.2.4", "192.0.2.66"]);
});
