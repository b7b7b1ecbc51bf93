/** Logs in the W3C format, from the file to the count: changed columns, and reading that begins behind their directive. */
import assert from "node:assert/strict";
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nextTurn } from "../host/timers.ts";
import { openReadingDaemon } from "./reading-daemon.fixture.ts";

const TOML = '[jails.a]\nfilter = "iis"\nunverified = true\nmaxretry = 1000\nfindtime = "1h"\n';
const HEAD = "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n";
const FIRST = "#Fields: date time c-ip cs-username sc-status sc-substatus sc-win32-status\n";
const SECOND = "#Fields: date time s-ip c-ip sc-win32-status cs-username sc-status sc-substatus\n";

const now = (hours = 0): string =>
  new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
const inFirst = (ip: string, hours = 0): string => `${now(hours)} ${ip} - 401 1 1326\n`;
const inSecond = (ip: string): string => `${now()} 203.0.113.1 ${ip} 1326 - 401 1\n`;

test("columns change in the middle of a log, over a restart, a reload and a rotation", async () => {
  await using daemon = await openReadingDaemon(TOML);
  const path = join(daemon.folder, "u_ex.log");
  const source = { a: { kind: "file", files: [path] } } as const;
  const until = (ip: string): Promise<void> =>
    daemon.until(() => daemon.counted().includes(`a ${ip}`), `${ip} counts`);
  const old = inFirst("192.0.2.66", 2);
  // So far away that the text before a batch does not contain it.
  const others = `${now()} 192.0.2.99 - 200 0 0\n`.repeat(30_000);
  writeFileSync(path, HEAD + FIRST + old + inFirst("192.0.2.1") + others);
  await daemon.read(source);
  await until("192.0.2.1");
  appendFileSync(path, inFirst("192.0.2.2"));
  await until("192.0.2.2");
  await daemon.stop();
  await daemon.read(source);
  appendFileSync(path, inFirst("192.0.2.3"));
  await until("192.0.2.3");
  appendFileSync(path, HEAD + SECOND + inSecond("192.0.2.4"));
  await until("192.0.2.4");
  await daemon.reload(source);
  appendFileSync(path, inSecond("192.0.2.5"));
  await until("192.0.2.5");
  renameSync(path, `${path}.1`);
  writeFileSync(path, HEAD + FIRST + inFirst("192.0.2.6"));
  await until("192.0.2.6");
  assert.equal(daemon.counted().length, 6, "one is too old by its time in UTC");
  assert.equal(daemon.jails[0]?.unrecognized, 0);
});

test("a directive far back is looked up in small steps, and a stop in between loses nothing", async () => {
  await using daemon = await openReadingDaemon(TOML);
  const path = join(daemon.folder, "u_ex.log");
  const source = { a: { kind: "file", files: [path] } } as const;
  const until = (ip: string): Promise<void> =>
    daemon.until(() => daemon.counted().includes(`a ${ip}`), `${ip} counts`);
  const others = `${now()} 192.0.2.99 - 200 0 0\n`.repeat(60_000);
  writeFileSync(path, HEAD + FIRST + others + inFirst("192.0.2.1"));
  await daemon.read(source);
  await until("192.0.2.1");
  await daemon.stop();
  appendFileSync(path, inFirst("192.0.2.2"));
  await daemon.read(source);
  for (let i = 0; i < 8; i++) await nextTurn();
  await daemon.stop();
  assert.equal(daemon.counted().length, 1, "it stopped during the search");
  let turns = 0;
  await daemon.read(source);
  while (daemon.counted().length < 2) {
    await nextTurn();
    turns++;
  }
  assert.ok(turns >= others.length / 131_072, `other work ran ${turns} times`);
  assert.equal(daemon.counted().length, 2);
});

test("without a directive no line is believed", async () => {
  await using daemon = await openReadingDaemon(TOML);
  const path = join(daemon.folder, "u_ex.log");
  writeFileSync(path, inFirst("192.0.2.1") + FIRST + inFirst("192.0.2.2"));
  await daemon.read({ a: { kind: "file", files: [path] } });
  await daemon.until(() => daemon.counted().includes("a 192.0.2.2"), "the line behind it counts");
  assert.deepEqual(daemon.counted(), ["a 192.0.2.2"]);
  assert.equal(daemon.jails[0]?.unrecognized, 1);
  const reasons = daemon.events.flatMap((one) =>
    one.event === "columns-unknown" ? one.reason : [],
  );
  assert.equal(reasons.length, 1);
  assert.match(reasons[0] ?? "", /^no #Fields line .* before its rows/);
});

test("columns of a container's log follow from the directives of its stream, also after a restart", async () => {
  const docker = (text: string): string =>
    `${JSON.stringify({ log: text, stream: "stdout", time: new Date().toISOString() })}\n`;
  const cri = (text: string): string => `${new Date().toISOString()} stdout F ${text}`;
  for (const wrap of [docker, cri]) {
    await using daemon = await openReadingDaemon(TOML);
    const path = join(daemon.folder, "proxy.log");
    const source = { a: { kind: "file", files: [path] } } as const;
    writeFileSync(path, wrap("begins\n") + wrap(SECOND) + wrap(inSecond("192.0.2.1")));
    await daemon.read(source);
    await daemon.until(() => daemon.counted().includes("a 192.0.2.1"), "the first line counts");
    await daemon.stop();
    appendFileSync(path, wrap("x\n") + wrap(inSecond("192.0.2.2")));
    await daemon.read(source);
    await daemon.until(() => daemon.counted().includes("a 192.0.2.2"), "the directive is found");
    assert.equal(daemon.counted().length, 2);
  }
});
