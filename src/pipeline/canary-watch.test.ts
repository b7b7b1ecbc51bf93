import assert from "node:assert/strict";
import test from "node:test";
import { withAutoJails } from "../config/auto-jails.ts";
import { parseConfig } from "../config/parse-config.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { type Ip, parseIp } from "../domain/ip.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { openBook } from "../record/open-book.ts";
import { Allow } from "./allow/allow.ts";
import { type Canary, CanaryWatch, FLIGHT_MS } from "./canary-watch.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import { LineFollower } from "./follow-lines.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { createStateStore } from "../record/state-store.ts";
import { systemClock } from "../host/system-clock.ts";
import { createForwardingPeers } from "./forwarding-peers.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const silent = (): void => undefined;

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

const OWN: Canary = {
  user: "bailiff-canary-abcdefghij",
  from: ip("127.83.1.2"),
  address: "own",
};
const SHARED: Canary = { user: "bailiff-canary-klmnopqrst", from: ip("::1"), address: "shared" };

async function open() {
  let passed = 0;
  const clock = {
    ...systemClock,
    now: (): Instant => instant(NOW + passed),
    monotonic: (): number => passed,
  };
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([], { paths, ports: new Map() });
  const name = parseJailName("sshd");
  assert.ok(config.ok && name !== undefined);
  const [compiled] = compileJails(
    withAutoJails(config.value, [name]).jails,
    { filters, compile },
    [],
  ).jails;
  assert.ok(compiled !== undefined);
  const { jail } = compiled;
  const book = openBook({ path: ":memory:", clock, emit: silent });
  const resolveName = async () => [];
  const allow = new Allow({ book, hostAddresses: () => [], resolveName, emit: silent });
  allow.rebuild([], NOW);
  const canaries = new CanaryWatch(clock, createStateStore(book));
  const follower = new LineFollower([{ jail, source: { kind: "file", files: ["/log"] } }], {
    forwarders: createForwardingPeers(createStateStore(book)),
    book,
    allow,
    clock,
    localOffset: () => 0,
    emit: silent,
    chance: () => 0,
    enforce: async () => undefined,
    onBannedStillActive: silent,
    checkClock: silent,
    canaries,
    where: "/log",
  });
  let pid = 1;
  return {
    book,
    jail,
    canaries,
    clock,
    pass: (milliseconds: number) => {
      passed += milliseconds;
    },
    /** Logs as a new process. */
    async log(...messages: readonly string[]) {
      pid++;
      const stamp = new Date(clock.now()).toISOString();
      const text = messages.map((message) => `${stamp} h sshd[${pid}]: ${message}\n`);
      await follower.follow(
        { text: text.join(""), fields: undefined, arrival: "live", cursor: undefined },
        [],
      );
    },
    [Symbol.asyncDispose]: () => book[Symbol.asyncDispose](),
    counted: () => [...book.failuresSince(instant(0))].map(({ subject }) => String(subject)),
  };
}

test("lines of a canary are reported and do not count", async () => {
  await using stage = await open();
  const flight = stage.canaries.release(OWN);
  const matched = flight.until(() => flight.matches().some(({ counts }) => counts > 0), 60_000);
  await stage.log(
    `Invalid user ${OWN.user} from ${OWN.from} port 40022`,
    `Failed password for invalid user ${OWN.user} from ${OWN.from} port 40022 ssh2`,
    `Connection closed by invalid user ${OWN.user} ${OWN.from} port 40022 [preauth]`,
  );
  assert.equal(await matched, true);
  const lines = flight.lines(stage.jail.name);
  assert.match(lines[0] ?? "", /sshd\[2\]: Invalid user bailiff-canary-/);
  assert.equal(lines.length, 3);
  assert.deepEqual(
    flight.lines(`${stage.jail.name}2` as never),
    [],
    "no source of another jail delivered them",
  );
  assert.deepEqual(flight.matches().slice(0, 2), [
    { kind: "failure", rule: "invalid-user", counts: 1, jails: ["sshd"] },
    { kind: "failure", rule: "failed-attempt", counts: 0, jails: ["sshd"] },
  ]);
  assert.equal(stage.jail.failures, 0);
  assert.equal(stage.jail.window.tracked, 0);
  assert.deepEqual(stage.counted(), []);
});

test("lines without a user from another process belong to a canary only if its address is unique", async () => {
  await using stage = await open();
  stage.canaries.release(OWN);
  stage.canaries.release(SHARED);
  await stage.log(
    `drop connection #3 from [${OWN.from}]:1 on [127.0.0.1]:22 penalty: failed authentication`,
  );
  assert.deepEqual(stage.counted(), []);
  await stage.log(
    `drop connection #3 from [${SHARED.from}]:1 on [::1]:22 penalty: failed authentication`,
  );
  assert.deepEqual(stage.counted(), ["::1"]);
});

test("a client that uses a canary's name is counted as usual", async () => {
  await using stage = await open();
  const flight = stage.canaries.release(OWN);
  const fail = (user: string, from: string): string =>
    `Failed password for invalid user ${user} from ${from} port 1 ssh2`;
  // The canary's name from another address; another name from its address; a name with the same prefix; a name that
  // contains an address.
  await stage.log(fail(OWN.user, "192.0.2.1"));
  await stage.log(fail("root", OWN.from));
  await stage.log(fail(`${OWN.user}x`, OWN.from));
  await stage.log(fail("bailiff-canary-", "192.0.2.2"));
  await stage.log(fail(`${OWN.user} from ${OWN.from} port 1 ssh2`, "192.0.2.3"));
  assert.deepEqual(stage.counted(), ["192.0.2.1", OWN.from, OWN.from, "192.0.2.2", "192.0.2.3"]);
  assert.deepEqual(flight.matches(), []);
});

test("late lines of a canary are recognized for a day, also after a restart", async () => {
  await using stage = await open();
  const flight = stage.canaries.release(OWN);
  const restarted = (): CanaryWatch => new CanaryWatch(stage.clock, createStateStore(stage.book));
  const match = { kind: "failure", rule: "r" } as never;
  const attempt = { ip: OWN.from, user: OWN.user, counts: 1, unaddressed: 0 };
  const line = `Failed password for invalid user ${OWN.user} from ${OWN.from} port 1 ssh2`;
  assert.equal(restarted().takes([], match, attempt), true);
  stage.pass(FLIGHT_MS + 1);
  assert.equal(restarted().takes([], match, attempt), true);
  await stage.log(line);
  assert.deepEqual(flight.lines(stage.jail.name), [], "nobody waits for it");
  assert.deepEqual(stage.counted(), []);
  stage.pass(86_400_000);
  assert.equal(restarted().takes([], match, attempt), false);
  await stage.log(line);
  assert.deepEqual(stage.counted(), [OWN.from]);
});

test("many canaries drop the oldest, and waiting is bounded", async () => {
  await using stage = await open();
  const first = stage.canaries.release(OWN);
  for (let i = 0; i < 16; i++) stage.canaries.release({ ...SHARED, user: `bailiff-canary-${i}` });
  await stage.log(`Failed password for invalid user ${OWN.user} from ${OWN.from} port 1 ssh2`);
  assert.deepEqual(stage.counted(), [OWN.from]);
  const held = setTimeout(silent, 60_000);
  assert.equal(await first.until(() => false, 1), false);
  clearTimeout(held);
});
