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

test("a later header replaces the former one, also for a reader that starts behind it", async () => {
  await using daemon = await openReadingDaemon(TOML, { gate: FILTER });
  const path = join(daemon.folder, "gate.csv");
  const source = { a: { kind: "file", files: [path] } } as const;
  const until = (ip: string): Promise<void> =>
    daemon.until(() => daemon.counted().includes(`a ${ip}`), `${ip} counts`);
  const swapped = (account: string, ip: string): string =>
    `${now()},login denied,${ip},${account}\n`;
  writeFileSync(path, FIRST + inFirst("192.0.2.1"));
  await daemon.read(source);
  await until("192.0.2.1");
  // By the former header, the account would be the address.
  appendFileSync(path, `time,event,address,account\n${swapped("203.0.113.9", "192.0.2.2")}`);
  await until("192.0.2.2");
  // A client's header within quotes is none, and neither is one in its own values.
  const forged = "time,event,account,address\n";
  appendFileSync(path, swapped(`"x\n${forged}y"`, "192.0.2.3") + swapped("address", "192.0.2.4"));
  await until("192.0.2.4");
  await daemon.stop();
  appendFileSync(path, swapped("203.0.113.9", "192.0.2.5"));
  await daemon.read(source);
  await until("192.0.2.5");
  assert.deepEqual(
    daemon.counted().toSorted(),
    [1, 2, 3, 4, 5].map((n) => `a 192.0.2.${n}`),
  );
});

test("behind a header that lacks a column no row is read, until another one comes", async () => {
  await using daemon = await openReadingDaemon(TOML, { gate: FILTER });
  const path = join(daemon.folder, "gate.csv");
  const source = { a: { kind: "file", files: [path] } } as const;
  const renamed = "time,event,client,account\n";
  const row = `${now()},login denied,192.0.2.7,203.0.113.9\n`;
  writeFileSync(path, FIRST + inFirst("192.0.2.1") + renamed + row);
  await daemon.read(source);
  await untilUnrecognized(daemon, 1);
  assert.deepEqual(daemon.counted(), ["a 192.0.2.1"]);
  const unknown = daemon.events.filter(({ event }) => event === "columns-unknown");
  assert.deepEqual(
    unknown.map((event) => "reason" in event && event.reason),
    ["its last header lacks address: time, event, client, account"],
  );
  await daemon.stop();
  appendFileSync(path, row + SECOND + inSecond("192.0.2.2"));
  await daemon.read(source);
  await daemon.until(() => daemon.counted().includes("a 192.0.2.2"), "the next header");
  assert.equal(daemon.counted().length, 2);
});

test("a new file whose first line has other names ends the former ones", async () => {
  await using daemon = await openReadingDaemon(TOML, { gate: FILTER });
  const path = join(daemon.folder, "gate.csv");
  writeFileSync(path, FIRST + inFirst("192.0.2.1"));
  await daemon.read({ a: { kind: "file", files: [path] } });
  await daemon.until(() => daemon.counted().includes("a 192.0.2.1"), "the first file");
  renameSync(path, `${path}.1`);
  writeFileSync(path, `zeit,was,adresse,konto\n${now()},login denied,192.0.2.7,203.0.113.9\n`);
  await untilUnrecognized(daemon, 1);
  assert.deepEqual(daemon.counted(), ["a 192.0.2.1"]);
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

test("two filters that name other columns of one log do not read each other's rows", async () => {
  const other = FILTER.replace('name = "gate"', 'name = "peer"')
    .replace('"account", "address"]', '"address", "account"]')
    .replace('"alice, the first",192.0.2.7', '192.0.2.7,"alice, the first"');
  for (const stated of ["", "escapes_line_breaks = true\n"]) {
    const filters = { gate: stated + FILTER, peer: stated + other };
    const toml = `${TOML}[jails.b]\nfilter = "peer"\nmaxretry = 1000\nfindtime = "1h"\n`;
    await using daemon = await openReadingDaemon(toml, filters);
    const path = join(daemon.folder, "gate.csv");
    writeFileSync(path, FIRST + inFirst("192.0.2.1", "203.0.113.9"));
    const source = { kind: "file", files: [path] } as const;
    await daemon.read({ a: source, b: source });
    await daemon.until(() => daemon.counted().includes("a 192.0.2.1"), "the row counts");
    if (stated === "")
      await daemon.until(() => daemon.counted().includes("b 192.0.2.1"), "and for the other jail");
    assert.ok(daemon.counted().every((one) => one.endsWith(" 192.0.2.1")));
  }
});

const docker = (text: string, stream = "stdout"): string =>
  `${JSON.stringify({ log: `${text}\n`, stream, time: now() })}\n`;
const cri = (text: string, stream = "stdout"): string => `${now()} ${stream} F ${text}\n`;

test("in the log of a container, each stream names its columns", async () => {
  for (const wrap of [docker, cri]) {
    await using daemon = await openReadingDaemon(TOML, { gate: FILTER });
    const path = join(daemon.folder, "gate.log");
    const source = { a: { kind: "file", files: [path] } } as const;
    const until = (ip: string): Promise<void> =>
      daemon.until(() => daemon.counted().includes(`a ${ip}`), `${ip} counts`);
    const lines = (...rows: readonly string[]): string =>
      rows.map((row) => wrap(row.trim())).join("");
    const chatter = wrap("login denied, said the gate, to x, and to y", "stderr");
    writeFileSync(path, lines(SECOND, inSecond("192.0.2.1")) + chatter);
    await daemon.read(source);
    await until("192.0.2.1");
    await daemon.stop();
    // The first line of each stream counts for nothing.
    appendFileSync(path, lines("x", inSecond("192.0.2.2")));
    await daemon.read(source);
    await until("192.0.2.2");
    // A client's header within quotes is none, and neither is one on the other stream.
    const forged = `"x\n${FIRST}y"`;
    appendFileSync(
      path,
      wrap(FIRST.trim(), "stderr") + lines(...inSecond("192.0.2.66", forged).trim().split("\n")),
    );
    appendFileSync(path, lines(inSecond("192.0.2.3", "203.0.113.9")));
    await until("192.0.2.3");
    renameSync(path, `${path}.1`);
    writeFileSync(path, lines(inSecond("192.0.2.4"), FIRST, inFirst("192.0.2.5", "203.0.113.9")));
    await until("192.0.2.5");
    assert.deepEqual(
      daemon
        .counted()
        .filter((one) => one !== "a 192.0.2.66")
        .toSorted(),
      [1, 2, 3, 4, 5].map((n) => `a 192.0.2.${n}`),
    );
    const unknown = daemon.events.filter(({ event }) => event === "columns-unknown");
    assert.deepEqual(unknown.length, 1, "only the other stream has a row without names");
  }
});
