/** Numbers, times and texts that cannot be stored, at every position of a line: only that line is lost. */
import assert from "node:assert/strict";
import test from "node:test";
import { parse } from "smol-toml";
import { withAutoJails } from "../config/auto-jails.ts";
import { parseConfig } from "../config/parse-config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { readFilter } from "../parse/filter/read-filter.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { openBook } from "../record/open-book.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { Allow } from "./allow/allow.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import { LineFollower } from "./follow-lines.ts";
import type { Jail } from "../jails/jail.ts";
import { createForwardingPeers } from "./forwarding-peers.ts";
import { createStateStore } from "../record/state-store.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };
const silent = (): void => undefined;

const FILTER = `
name = "app"
programs = ["app"]
[[rule]]
id = "failed"
is = "failure"
line = "failed {count} times from {ip}{? at {time}}"
[[rule]]
id = "session"
is = "failure"
line = "failed {count} times"
[[rule]]
id = "regex"
is = "failure"
regex = 'tried (?<count>\\S*) by (?<ip>\\S+)'
[[rule]]
id = "accepted"
is = "success"
line = "accepted {user} from {ip} port {port}"
[[rule]]
id = "json"
is = "failure"
json = { msg = "failed", n = "{count}", ip = "{ip}", user = "{user}" }
`;

async function jailOf(toml: string): Promise<Jail> {
  const definition = readFilter(parse(toml), "app.toml");
  assert.ok(definition.ok, JSON.stringify(definition));
  const filters = new Map([["app", definition.value]]);
  const compile = await loadFilterCompiler(filters.values());
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([], { paths, ports: new Map() });
  const name = parseJailName("app");
  assert.ok(config.ok && name !== undefined);
  const { jails } = compileJails(
    withAutoJails(config.value, [name]).jails,
    { filters, compile },
    [],
  );
  const jail = jails.find((compiled) => compiled.jail.name === name)?.jail;
  assert.ok(jail !== undefined);
  return jail;
}

function follow(jail: Jail, book: BanBook, events: TelemetryEvent[]): LineFollower {
  const emit = (event: TelemetryEvent): void => void events.push(event);
  const allow = new Allow({ book, hostAddresses: () => [], resolveName: async () => [], emit });
  allow.rebuild([], NOW);
  return new LineFollower([{ jail, source: { kind: "file", files: ["/log"] } }], {
    forwarders: createForwardingPeers(createStateStore(book)),
    ...{ book, allow, clock, emit, where: "/log", localOffset: () => 0, chance: () => 0 },
    ...{ enforce: async () => undefined, onBannedStillActive: silent, checkClock: silent },
  });
}

const NUMBERS = [
  ...["0", "00", "1", "2147483648", "4294967296", "9007199254740993", "9223372036854775808"],
  ...["1".repeat(20), "9".repeat(400), "-1", "1.5", "1e400", "NaN", "Infinity", "0x10", "", "٣"],
];
const STAMPS = [
  ...[
    "2026-11-23T11:59:00Z",
    "Nov 23 11:59:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
  ],
  ...["0000-00-00T00:00:00Z", "9999999999", "9999999999999", "9999999999.999999999", "0000000000"],
  ...["@4fffffffffffffffffffffff", "@400000000000000000000000", "@40000000ffffffffffffffff"],
];
const TEXTS = ["\0", "\u2028", "\ufeff", "'; DROP TABLE failures; --", "💥", "a".repeat(15_000)];

const json = (more: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ msg: "failed", n: "1", ip: "192.0.2.7", user: "x", ...more });

/** Lines with a hostile number, time or text at every position. */
function hostileLines(): readonly string[] {
  const heads = STAMPS.flatMap((stamp) =>
    [...NUMBERS, "7"].map((pid) => `${stamp} web1 app[${pid}]: `),
  );
  const messages = [
    ...NUMBERS.flatMap((n) => [
      `failed ${n} times from 192.0.2.7`,
      `failed ${n} times`,
      `tried ${n} by 192.0.2.7`,
      `accepted x from 192.0.2.7 port ${n}`,
      `message repeated ${n} times: [ failed ${n} times from 192.0.2.7]`,
      `last message repeated ${n} times`,
      json({ n }),
      json({ n: Number(n) }),
      json({ time: n }),
      json({ time: Number(n) }),
    ]),
    ...STAMPS.flatMap((stamp) => [
      `failed 1 times from 192.0.2.7 at ${stamp}`,
      json({ time: stamp }),
    ]),
    ...TEXTS.flatMap((text) => [
      `accepted ${text} from 192.0.2.7 port 1`,
      json({ user: text }),
      json({ user: `\ud800${text}`, [text]: { [text]: [text] } }),
    ]),
    `${'{"a":'.repeat(3000)}1${"}".repeat(3000)}`,
    "[".repeat(15_000),
  ];
  const head = "Nov 23 11:59:00 web1 app[7]: ";
  return [
    ...heads.map((one) => `${one}failed 1 times from 192.0.2.7`),
    ...messages.flatMap((message) => [message, head + message]),
    ...STAMPS.map((time) => JSON.stringify({ log: "failed 1 times from 192.0.2.7\n", time })),
    ...STAMPS.map((time) => `${time} stdout F failed 1 times from 192.0.2.7`),
  ];
}

test("no number, time or text of a line prevents later lines from being counted", async () => {
  const jail = await jailOf(FILTER);
  for (const arrival of ["backlog", "live"] as const) {
    await using book = openBook({ path: ":memory:", clock, emit: silent });
    const events: TelemetryEvent[] = [];
    const follower = follow(jail, book, events);
    for (const [i, line] of hostileLines().entries()) {
      const peer = `198.51.${100 + Math.floor(i / 200)}.${1 + (i % 200)}`;
      const good = `2026-11-23T11:59:30Z web1 app[9]: failed 1 times from ${peer}\n`;
      const text = `${line}\n${good}`;
      await follower.follow({ text, fields: undefined, arrival, cursor: undefined }, []);
      const counted = [...book.failuresSince(instant(0))].some(({ subject }) => subject === peer);
      assert.ok(counted, `after ${line.slice(0, 200)}`);
    }
    const troubles = events.filter(({ event }) => /refused|failed|unreadable/.test(event));
    assert.deepEqual(troubles, []);
    assert.equal(book.status().state, "ok");
  }
});
