/** If a banned network gets an exempt address, only the offenders stay banned. */
import assert from "node:assert/strict";
import test from "node:test";
import { withAutoJails } from "../../config/auto-jails.ts";
import { parseConfig } from "../../config/parse-config.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { openBook } from "../../record/open-book.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { Allow } from "./allow.ts";
import { loadFilterCompiler } from "../../jails/compile-any-filter.ts";
import { compileJails } from "../../jails/compile-jails.ts";
import { LineFollower } from "../follow-lines.ts";
import { createJail, type Jail } from "../../jails/jail.ts";
import { liftAllowed } from "./lift-allowed.ts";
import { openLibrary } from "../../jails/load-filters.ts";
import { createForwardingPeers } from "../forwarding-peers.ts";
import { createStateStore } from "../../record/state-store.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };
const HEAD = "2026-11-23T11:59:00Z web1 sshd[7]: ";

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

async function sshdJail(ipv6_prefix: number): Promise<Jail> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([], { paths, ports: new Map() });
  const name = parseJailName("sshd");
  assert.ok(config.ok && name !== undefined);
  const { jails } = withAutoJails(config.value, [name]);
  const [jail] = compileJails(jails, { filters, compile }, []).jails;
  assert.ok(jail !== undefined);
  return createJail({ ...jail.jail.config, ipv6_prefix, maxretry: 4 }, jail.jail.filter);
}

interface Scene {
  readonly book: BanBook;
  /** One failed login from each address. */
  fail(...from: readonly string[]): Promise<void>;
  /** Sets the host's addresses. Returns the subjects whose blocks changed. */
  own(...addresses: readonly string[]): readonly string[];
  allow(entry: string): readonly string[];
  banned(): readonly string[];
  readonly events: readonly TelemetryEvent[];
}

async function withScene(
  options: { readonly prefix?: number; readonly journal?: "journal" },
  work: (scene: Scene) => Promise<void>,
): Promise<void> {
  const jail = await sshdJail(options.prefix ?? 64);
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const events: TelemetryEvent[] = [];
  const emit = (event: TelemetryEvent): void => void events.push(event);
  let own: readonly Ip[] = [];
  const because = "an address of this host";
  const hostAddresses = () => own.map((subject) => ({ subject, because }));
  const allow = new Allow({ book, hostAddresses, resolveName: async () => [], emit });
  const rebuild = (): void => allow.rebuild([jail.config], NOW);
  rebuild();
  const inJournal = options.journal !== undefined;
  const source = inJournal
    ? ({ kind: "journal", matches: [["_UID=0"]], directory: undefined } as const)
    : ({ kind: "file", files: ["/log"] } as const);
  const follower = new LineFollower([{ jail, source }], {
    forwarders: createForwardingPeers(createStateStore(book)),
    ...{ book, allow, clock, localOffset: () => 0, emit, chance: () => 0, where: "/log" },
    ...{
      enforce: async () => undefined,
      onBannedStillActive: () => undefined,
      checkClock: () => undefined,
    },
  });
  const lift = (): readonly string[] => {
    rebuild();
    const lifted = liftAllowed({ book, allow, names: [jail.name], jails: [jail], now: NOW, emit });
    return lifted.map((key) => key.subject).toSorted();
  };
  await work({
    ...{ book, events },
    async fail(...from) {
      const head = inJournal ? "" : HEAD;
      const lines = from.map(
        (address) => `${head}Failed password for root from ${address} port 1 ssh2\n`,
      );
      const journal = new Map([["_UID", "0"]]);
      const fields = from.map((_, i) => ({
        at: NOW,
        host: "h",
        program: "sshd",
        pid: i + 1,
        journal,
      }));
      const batch = { text: lines.join(""), arrival: "live", cursor: undefined } as const;
      await follower.follow({ ...batch, fields: inJournal ? fields : undefined }, []);
    },
    own(...addresses) {
      own = addresses.map(ip);
      return lift();
    },
    allow(entry) {
      const all = { until: "forever", since: NOW, who: "x", reason: "" } as const;
      book.addAllow([{ ...all, subject: subject(entry) }]);
      return lift();
    },
    banned: () => [...book.activeBans({})].map((ban) => ban.subject).toSorted(),
  });
}

const OFFENDER = "2001:db8:5::66";
const FOUR = [OFFENDER, OFFENDER, OFFENDER, OFFENDER];

for (const journal of [undefined, "journal"] as const) {
  const where = journal ?? "a file";
  test(`an address of this host, lines of ${where}: only the offender stays banned, with its evidence`, async () => {
    await withScene(journal === undefined ? {} : { journal }, async (scene) => {
      await scene.fail(...FOUR);
      assert.deepEqual(scene.banned(), ["2001:db8:5::/64"]);
      const [wide] = [...scene.book.activeBans({})];
      assert.deepEqual(scene.own("2001:db8:5::1"), ["2001:db8:5::/64", OFFENDER]);
      assert.deepEqual(scene.banned(), [OFFENDER]);
      const [ban] = [...scene.book.activeBans({})];
      assert.ok(ban !== undefined && wide !== undefined);
      assert.deepEqual([ban.until, ban.scope, ban.origin], [wide.until, wide.scope, "detected"]);
      assert.match(
        ban.reason,
        /; narrowed from 2001:db8:5::\/64, which contains an exempt address now$/,
      );
      assert.equal(scene.book.evidence(ban.id).length, 4);
      assert.ok(scene.events.some((event) => event.event === "ban" && event.ip === OFFENDER));
      assert.deepEqual(scene.own("2001:db8:5::1"), [], "once");
    });
  });
}

test("an entry of an administrator within a banned network: the same", async () => {
  await withScene({}, async (scene) => {
    await scene.fail(...FOUR);
    scene.allow("2001:db8:5::1");
    assert.deepEqual(scene.banned(), [OFFENDER]);
  });
});

test("a subject below maxretry is banned when further failures come", async () => {
  await withScene({}, async (scene) => {
    await scene.fail(OFFENDER, "2001:db8:5::67", "2001:db8:5::1", OFFENDER);
    assert.deepEqual(scene.banned(), ["2001:db8:5::/64"]);
    scene.own("2001:db8:5::1");
    assert.deepEqual(scene.banned(), []);
    await scene.fail("2001:db8:5::67", OFFENDER);
    assert.deepEqual(scene.banned(), []);
    await scene.fail(OFFENDER);
    assert.deepEqual(scene.banned(), [OFFENDER]);
  });
});

test("of a wider network, the offender's site stays banned if the exempt address is in another", async () => {
  await withScene({ prefix: 48 }, async (scene) => {
    await scene.fail(...FOUR);
    assert.deepEqual(scene.banned(), ["2001:db8:5::/48"]);
    scene.own("2001:db8:5:1::1");
    assert.deepEqual(scene.banned(), ["2001:db8:5::/64"]);
    scene.own("2001:db8:5:1::1", "2001:db8:5::1");
    assert.deepEqual(scene.banned(), [OFFENDER]);
  });
});

test("a fully exempt network, or an exempt offender, is not banned any more", async () => {
  await withScene({}, async (scene) => {
    await scene.fail(...FOUR);
    scene.allow("2001:db8::/32");
    assert.deepEqual(scene.banned(), []);
  });
  await withScene({}, async (scene) => {
    await scene.fail(...FOUR);
    scene.own(OFFENDER);
    assert.deepEqual(scene.banned(), []);
  });
});

test("a manual ban cannot be narrowed to an offender, so it is lifted", async () => {
  await withScene({}, async (scene) => {
    const name = parseJailName("sshd");
    assert.ok(name !== undefined);
    const ban = {
      ...{ subject: subject("2001:db8:5::/64"), jail: name, scope: ALL_PORTS, from: NOW },
      ...{ reason: "", rule: "", failures: 0, escalation: 0 },
      until: "forever" as const,
      origin: "manual" as const,
    };
    scene.book.commit({ steps: [{ kind: "ban", ban, who: "x" }], cursors: [] });
    scene.own("2001:db8:5::1");
    assert.deepEqual(scene.banned(), []);
  });
});
