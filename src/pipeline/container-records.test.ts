/** Records of several lines in the logs of containers, with the filter of a service that writes such records. */
import assert from "node:assert/strict";
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { instant } from "../domain/instant.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { compileFilter } from "../parse/filter/compile-filter.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import { joinLines } from "../source/join-lines.ts";
import { openReadingDaemon } from "./reading-daemon.fixture.ts";

enableLinearRegex();

const { filters } = await (await openLibrary([])).read(["rabbitmq"]);
const definition = filters.get("rabbitmq") ?? assert.fail("the filter is shipped");
const compiled = compileFilter(definition, "normal");
assert.ok(compiled.ok);
const filter = compiled.value;
const start = filter.begins ?? assert.fail("it joins lines");

const NOW = instant(Date.parse("2026-11-28T10:00:00Z"));
const head = (ip: string): string =>
  `2026-11-28 09:19:59.552 [error] <0.9.0> Error on AMQP connection <0.9.0> (${ip}:40022 -> 198.51.100.1:5672, state: starting):`;
const REASON = "PLAIN login refused: user 'guest' - invalid credentials";
const INFO = "2026-11-28 09:19:59.600 [info] <0.1.0> Server startup complete";

type Wrap = (text: string, stream?: string, second?: number) => string;
const docker: Wrap = (text, stream = "stdout", second = 59) =>
  JSON.stringify({ log: `${text}\n`, stream, time: `2026-11-28T09:19:${second}.6Z` });
const cri: Wrap = (text, stream = "stdout", second = 59) =>
  `2026-11-28T09:19:${second}.600000000Z ${stream} F ${text}`;

/** The addresses of failures. */
function read(lines: readonly string[]): readonly (string | undefined)[] {
  const { text, records } = joinLines(`${lines.join("\n")}\n`, start, undefined);
  const router = createLineRouter([{ filter, accepts: undefined }], () => 0);
  const ips: (string | undefined)[] = [];
  router.route({ text, records, fields: undefined, arrival: "backlog", cursor: undefined }, NOW, {
    matched: (_entry, { kind, ip }) => void (kind === "failure" && ips.push(ip)),
    unrecognized() {},
  });
  return ips;
}

for (const [name, wrap] of [
  ["docker", docker],
  ["cri", cri],
] as const) {
  test(`${name}: the lines of a message are one record`, () => {
    assert.deepEqual(read([wrap(head("192.0.2.7")), wrap(REASON), wrap(INFO)]), ["192.0.2.7"]);
  });

  test(`${name}: streams have their own records, also when their lines are mixed`, () => {
    const lines = [
      ...[wrap(head("192.0.2.7")), wrap(head("192.0.2.8"), "stderr")],
      ...[wrap(REASON, "stderr"), wrap(REASON)],
    ];
    assert.deepEqual(read(lines), ["192.0.2.7", "192.0.2.8"]);
    const other = [wrap(head("192.0.2.7")), wrap(REASON, "stderr")];
    assert.deepEqual(read(other), [], "the reason of another stream is none");
  });

  test(`${name}: a line that comes after a pause belongs to no record`, () => {
    const late = [wrap(head("192.0.2.7"), "stdout", 40), wrap(REASON)];
    assert.deepEqual(read(late), []);
    const apart = [wrap(head("192.0.2.7"), "stdout", 40), wrap("x", "stderr"), wrap(REASON)];
    assert.deepEqual(read(apart), []);
  });

  test(`${name}: what a client can write into a later line accuses nobody`, () => {
    const whole = `${head("203.0.113.66").slice(24)} ${REASON}`;
    for (const text of [whole, docker(`${head("203.0.113.66")} ${REASON}`), cri(whole)])
      assert.deepEqual(read([wrap(text)]), [], text);
  });
}

const JAIL = '[jails.a]\nfilter = "rabbitmq"\nmaxretry = 1000\nfindtime = "1h"\n';

/** Docker's lines of a refused login, as of now. */
function refused(ip: string): readonly [string, string] {
  const now = new Date().toISOString();
  const own = now.replace("T", " ").slice(0, 23);
  const line = (log: string): string =>
    `${JSON.stringify({ log: `${log}\n`, stream: "stdout", time: now })}\n`;
  return [line(head(ip).replace(/^.{23}/, own)), line(REASON)];
}

test("docker: a record counts once, over a stop and a rotation in the middle of it", async () => {
  await using daemon = await openReadingDaemon(JAIL);
  const path = join(daemon.folder, "0123-json.log");
  const source = { a: { kind: "file", files: [path] } } as const;
  const counted = (...ips: readonly string[]): Promise<void> =>
    daemon.until(
      () => ips.every((ip) => daemon.counted().includes(`a ${ip}`)),
      `${ips.join(" and ")} count`,
    );
  // The first line of a stream may be the rest of another.
  writeFileSync(path, refused("192.0.2.9").join("") + refused("192.0.2.1").join(""));
  await daemon.read(source);
  await counted("192.0.2.1");
  const [first, second] = refused("192.0.2.2");
  appendFileSync(path, first);
  await daemon.stop();
  appendFileSync(path, second + refused("192.0.2.3")[0]);
  await daemon.read(source);
  await counted("192.0.2.2");
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, second);
  writeFileSync(path, refused("192.0.2.4").join(""));
  await counted("192.0.2.3", "192.0.2.4");
  const all = daemon.counted();
  assert.equal(all.length, new Set(all).size, "each counts once");
});
