/** CSV logs whose first line names the columns, from the file to the count. */
import assert from "node:assert/strict";
import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nextTurn } from "../host/timers.ts";
import { openReadingDaemon, type ReadingDaemon } from "./reading-daemon.fixture.ts";

const FILTER = `name = "gate"
ports = ["8080"]
columns = ["time", "event", "account", "address"]
columns_by_name = true
time_field = "time"

[[rule]]
id = "denied"
is = "failure"
csv = { event = "login denied", address = "{ip}", account = "{user}" }

[[sample]]
line = '2026-11-28T09:19:59Z,login denied,"alice, the first",192.0.2.7'
expect = { rule = "denied", ip = "192.0.2.7", user = "alice, the first" }
`;
const TOML = '[jails.a]\nfilter = "gate"\nmaxretry = 1000\nfindtime = "1h"\n';

const now = (): string => new Date().toISOString();
const FIRST = "time,event,account,address\n";
const SECOND = "address,duration,time,account,event\n";
const inFirst = (ip: string, account = "x"): string => `${now()},login denied,${account},${ip}\n`;
const inSecond = (ip: string, account = "x"): string =>
  `${ip},12,${now()},${account},login denied\n`;

/** Waits for lines of which no event tells. */
async function untilUnrecognized(daemon: ReadingDaemon, lines: number): Promise<void> {
  const limit = AbortSignal.timeout(60_000);
  while (daemon.jails[0]?.unrecognized !== lines) {
    assert.ok(!limit.aborted, `${lines} lines are read`);
    await nextTurn();
  }
}

test("columns follow the first line of each file, over restarts, reloads and rotations", async () => {
  await using daemon = await openReadingDaemon(TOML, { gate: FILTER });
  const path = join(daemon.folder, "gate.csv");
  const source = { a: { kind: "file", files: [path] } } as const;
  const until = (ip: string): Promise<void> =>
    daemon.until(() => daemon.counted().includes(`a ${ip}`), `${ip} counts`);
  writeFileSync(path, `\ufeff${SECOND}${inSecond("192.0.2.1", '"192.0.2.66,""x"')}`);
  await daemon.read(source);
  await until("192.0.2.1");
  await daemon.stop();
  appendFileSync(path, inSecond("192.0.2.2"));
  await daemon.read(source);
  await until("192.0.2.2");
  await daemon.reload(source);
  appendFileSync(path, SECOND + inSecond("192.0.2.3"));
  await until("192.0.2.3");
  renameSync(path, `${path}.1`);
  writeFileSync(path, FIRST + inFirst("192.0.2.4"));
  await until("192.0.2.4");
  await daemon.stop();
  appendFileSync(path, inFirst("192.0.2.5"));
  renameSync(path, `${path}.1`);
  writeFileSync(path, SECOND + inSecond("192.0.2.6"));
  await daemon.read(source);
  await until("192.0.2.5");
  await until("192.0.2.6");
  assert.equal(daemon.counted().length, 6);
  assert.equal(daemon.jails[0]?.unrecognized, 0, "a header is no message");
});

test("a line of values is no header, whatever a client writes into it", async () => {
  await using daemon = await openReadingDaemon(TOML, { gate: FILTER });
  const path = join(daemon.folder, "gate.csv");
  // The account would be the address.
  writeFileSync(path, inFirst("192.0.2.1", "address") + inFirst("192.0.2.2", "192.0.2.66"));
  await daemon.read({ a: { kind: "file", files: [path] } });
  await untilUnrecognized(daemon, 2);
  assert.deepEqual(daemon.counted(), []);
  // Its writer does not repeat the header after the file was emptied.
  writeFileSync(`${path}.new`, FIRST + inFirst("192.0.2.3"));
  renameSync(`${path}.new`, path);
  await daemon.until(() => daemon.counted().includes("a 192.0.2.3"), "the header is believed");
  truncateSync(path);
  appendFileSync(path, inFirst("192.0.2.4"));
  await daemon.until(() => daemon.counted().includes("a 192.0.2.4"), "the header stays");
});

test("lines with more or fewer values than the header are not believed", async () => {
  await using daemon = await openReadingDaemon(TOML, { gate: FILTER });
  const path = join(daemon.folder, "gate.csv");
  const wrong = `${now()},login denied,x,192.0.2.66\n`;
  writeFileSync(path, SECOND + wrong + inSecond("192.0.2.1") + inSecond("192.0.2.67,192.0.2.68"));
  await daemon.read({ a: { kind: "file", files: [path] } });
  await untilUnrecognized(daemon, 2);
  assert.deepEqual(daemon.counted(), ["a 192.0.2.1"]);
});
