/** Rows of CSV in the journal: what a service prints is an entry for each line, also behind a line break in a value. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseToml } from "../config/parse-toml.ts";
import { parseConfig } from "../config/parse-config.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { compileJails } from "../jails/compile-jails.ts";
import type { Jail } from "../jails/jail.ts";
import { createFilterCompiler } from "../parse/filter/compile-filter.ts";
import { readFilter } from "../parse/filter/read-filter.ts";
import { openBook } from "../record/open-book.ts";
import { createStateStore } from "../record/state-store.ts";
import { createJournalLineReader } from "../source/journal/journal-line.ts";
import { Allow } from "./allow/allow.ts";
import { LineFollower } from "./follow-lines.ts";
import { createForwardingPeers } from "./forwarding-peers.ts";
import type { ReadSource } from "./sources/source-plan.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-28T09:20:00Z"));
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };
const silent = (): void => undefined;

const FILTER = `name = "gate"
programs = ["gate"]
columns = ["time", "event", "account", "address"]
time_field = "time"

[[rule]]
id = "denied"
is = "failure"
csv = { event = "login denied", address = "{ip}", account = "{user}" }
`;

async function jailOf(stated: string): Promise<Jail> {
  const table = parseToml("gate.toml", `${stated}${FILTER}`);
  assert.ok(table.ok);
  const filter = readFilter(table.value, "gate.toml");
  assert.ok(filter.ok, JSON.stringify(filter));
  const text = '[jails.a]\nfilter = "gate"\nmaxretry = 100\n';
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "test.toml", text }], { paths, ports: new Map() });
  assert.ok(config.ok, JSON.stringify(config));
  const filters = new Map([["gate", filter.value]]);
  const [compiled] = compileJails(
    config.value.jails,
    { filters, compile: createFilterCompiler() },
    [],
  ).jails;
  assert.ok(compiled !== undefined);
  return compiled.jail;
}

/** Reads messages that journald stored with these fields. Returns the addresses that were counted. */
async function countedIn(
  jail: Jail,
  messages: readonly string[],
  sent: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  const allow = new Allow({
    book,
    hostAddresses: () => [],
    resolveName: async () => [],
    emit: silent,
  });
  allow.rebuild([], NOW);
  const source: ReadSource = { kind: "journal", matches: [["_UID=0"]], directory: undefined };
  const follower = new LineFollower([{ jail, source }], {
    ...{ book, allow, clock, localOffset: () => 0, emit: silent, chance: () => 0, where: "" },
    forwarders: createForwardingPeers(createStateStore(book)),
    enforce: async () => undefined,
    onBannedStillActive: silent,
    checkClock: silent,
  });
  const read = createJournalLineReader(["_UID"]);
  const lines = messages.flatMap((message, i) => {
    const place = { __CURSOR: `s=a;i=${i + 1}`, __REALTIME_TIMESTAMP: `${NOW - 1000}000` };
    const entry = { MESSAGE: message, ...place, _UID: "0", _COMM: "gate", _PID: "7", ...sent };
    return read({ fields: new Map(Object.entries(entry)), cutBytes: 0 }) ?? [];
  });
  const text = lines.map((line) => `${line.text}\n`).join("");
  const fields = lines.map((line) => line.fields);
  await follower.follow({ text, fields, arrival: "live", cursor: undefined }, []);
  return [...book.failuresSince(instant(0))].map(({ subject }) => String(subject));
}

const row = (account: string, ip: string): string =>
  `2026-11-28T09:19:59Z,login denied,${account},${ip}`;
const FORGED = row("x", "203.0.113.9");
/** What a service prints for an account with a line break and a row. */
const PRINTED = `${row(`"bob\n${FORGED}\n"`, "192.0.2.1")}\n${row("carol", "192.0.2.2")}`;
const OUTPUT = [{ _STREAM_ID: "5eed" }, { CONTAINER_NAME: "gate", _COMM: "conmon", PRIORITY: "6" }];

test("nothing in a row that a service printed is believed, because a client may have written it", async () => {
  for (const sent of OUTPUT) {
    const jail = await jailOf("");
    const printed = { ...sent, SYSLOG_IDENTIFIER: "gate", _COMM: "gate" };
    assert.deepEqual(await countedIn(jail, PRINTED.split("\n"), printed), []);
    assert.equal(jail.doubted, 4);
  }
});

test("a service that prints no line break within a row states it", async () => {
  const jail = await jailOf("escapes_line_breaks = true\n");
  const [output] = OUTPUT;
  assert.deepEqual(await countedIn(jail, [row("bob", "192.0.2.1")], output ?? {}), ["192.0.2.1"]);
  assert.equal(jail.doubted, 0);
});

test("a message that a service sent is one row, with the line breaks in it", async () => {
  const jail = await jailOf("");
  const sent = [row(`"bob\n${FORGED}\n"`, "192.0.2.1"), row("carol", "192.0.2.2")];
  assert.deepEqual(await countedIn(jail, sent, {}), ["192.0.2.1", "192.0.2.2"]);
  assert.equal(jail.doubted, 0);
});
