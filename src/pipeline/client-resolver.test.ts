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
