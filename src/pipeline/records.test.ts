/** Records of several lines, from the file to the count: over kills, rotations and reloads, beside filters of lines. */
import assert from "node:assert/strict";
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openReadingDaemon, type ReadingDaemon } from "./reading-daemon.fixture.ts";

const RABBIT = '[jails.a]\nfilter = "rabbitmq"\nmaxretry = 1000\nfindtime = "1h"\n';

const stamp = (): string => new Date().toISOString().replace("T", " ").slice(0, 23);
const head = (ip: string): string =>
  `${stamp()} [error] <0.9.0> Error on AMQP connection <0.9.0> (${ip}:40022 -> 198.51.100.1:5672, state: starting):\n`;
const reason = (user = "guest"): string =>
  `PLAIN login refused: user '${user}' - invalid credentials\n`;
const refused = (ip: string): string => head(ip) + reason();
const other = (): string => `${stamp()} [info] <0.1.0> Server startup complete\n`;

function untilCounted(daemon: ReadingDaemon, ...ips: readonly string[]): Promise<void> {
  return daemon.until(
    () => ips.every((ip) => daemon.counted().includes(`a ${ip}`)),
    `${ips.join(" and ")} count`,
  );
}

test("a record counts once, although the daemon stops in the middle of it", async () => {
  await using daemon = await openReadingDaemon(RABBIT);
  const path = join(daemon.folder, "rabbit@host.log");
  const source = { a: { kind: "file", files: [path] } } as const;
  writeFileSync(path, refused("192.0.2.1") + head("192.0.2.2") + reason().slice(0, 10));
  await daemon.read(source);
  await untilCounted(daemon, "192.0.2.1");
  await daemon.stop();
  appendFileSync(path, reason().slice(10) + head("192.0.2.3"));
  await daemon.read(source);
  await untilCounted(daemon, "192.0.2.2");
  await daemon.stop();
  appendFileSync(path, reason() + other());
  await daemon.read(source);
  await untilCounted(daemon, "192.0.2.3");
  // Today's only writer is silent.
  appendFileSync(path, refused("192.0.2.4"));
  await untilCounted(daemon, "192.0.2.4");
  assert.equal(daemon.counted().length, 4);
  assert.deepEqual(
    daemon.jails.map(({ unrecognized }) => unrecognized),
    [0],
    "a record counts as one line",
  );
});

test("a record counts once over rotations and reloads in the middle of it", async () => {
  await using daemon = await openReadingDaemon(RABBIT);
  const path = join(daemon.folder, "rabbit@host.log");
  const source = { a: { kind: "file", files: [path] } } as const;
  writeFileSync(path, refused("192.0.2.1") + head("192.0.2.2") + reason().slice(0, 10));
  await daemon.read(source);
  await untilCounted(daemon, "192.0.2.1");
  await daemon.reload(source);
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, reason().slice(10));
  writeFileSync(path, refused("192.0.2.3") + head("192.0.2.4") + reason().slice(0, 10));
  await untilCounted(daemon, "192.0.2.2", "192.0.2.3");
  await daemon.stop();
  appendFileSync(path, reason().slice(10));
  renameSync(path, `${path}.1`);
  writeFileSync(path, refused("192.0.2.5") + other());
  await daemon.read(source);
  await untilCounted(daemon, "192.0.2.4", "192.0.2.5");
  assert.deepEqual(daemon.counted().length, 5);
});

test("what a client can write into a record accuses nobody else", async () => {
  await using daemon = await openReadingDaemon(RABBIT);
  const path = join(daemon.folder, "rabbit@host.log");
  const fake = head("203.0.113.66").slice(24).trimEnd();
  writeFileSync(
    path,
    [
      // Lines that no first line precedes, such as the rest of a record that was rotated away.
      reason(),
      head("192.0.2.1") + reason(`x\n${fake}\nPLAIN login refused: user 'y`),
      // Beyond the bound of a record, lines begin where the client wants.
      `${head("192.0.2.2")}${`${"x".repeat(1000)}\n`.repeat(20)}${fake}\n${reason()}`,
      `${fake} ${reason()}`,
      refused("192.0.2.3") + other(),
    ].join(""),
  );
  await daemon.read({ a: { kind: "file", files: [path] } });
  await untilCounted(daemon, "192.0.2.3");
  assert.deepEqual(daemon.counted(), ["a 192.0.2.1", "a 192.0.2.3"]);
  assert.equal(daemon.statusOf("a")?.cutLines, 1);
});

test("one file is read as records for one jail, and as lines for another", async () => {
  const sshd = '[jails.lines]\nfilter = "sshd"\nmaxretry = 1000\nfindtime = "1h"\n';
  await using daemon = await openReadingDaemon(RABBIT + sshd);
  const path = join(daemon.folder, "messages");
  const source = { kind: "file", files: [path] } as const;
  const failed = (ip: string): string =>
    `${new Date().toISOString()} host sshd[7]: Failed password for root from ${ip} port 40022 ssh2\n`;
  writeFileSync(path, refused("192.0.2.1") + failed("192.0.2.2") + head("192.0.2.3"));
  await daemon.read({ a: source, lines: source });
  // Lines do not wait for the record that is still open.
  await daemon.until(() => daemon.counted().includes("lines 192.0.2.2"), "the line counts");
  await untilCounted(daemon, "192.0.2.1");
  await daemon.stop();
  appendFileSync(path, failed("192.0.2.4") + refused("192.0.2.5"));
  await daemon.read({ a: source, lines: source });
  await untilCounted(daemon, "192.0.2.5");
  await daemon.until(() => daemon.counted().includes("lines 192.0.2.4"), "the line counts");
  const counted = ["a 192.0.2.1", "a 192.0.2.5", "lines 192.0.2.2", "lines 192.0.2.4"];
  assert.deepEqual([...daemon.counted()].sort(), counted);
});

test("the output of a command is read as records, the last one after a silence", async () => {
  await using daemon = await openReadingDaemon(RABBIT);
  const path = join(daemon.folder, "feed");
  writeFileSync(path, refused("192.0.2.1") + refused("192.0.2.2"));
  const script = `cat "${path}"; exec sleep 600`;
  await daemon.read({ a: { kind: "command", argv: ["sh", "-c", script] } });
  await untilCounted(daemon, "192.0.2.1", "192.0.2.2");
  assert.equal(daemon.counted().length, 2);
});
