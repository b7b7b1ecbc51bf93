/** Networks in a log to which any local account may write, beside a btmp that only the service writes. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { enabledJails } from "../../config/config.ts";
import { parseConfig } from "../../config/parse-config.ts";
import { literalSubject } from "../../domain/cidr.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import { formatInstant, instant } from "../../domain/instant.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { utmpRecord } from "../../host/logins/utmp-record.fixture.ts";
import { readPortNames } from "../../host/services/port-names.ts";
import { compileJails } from "../../jails/compile-jails.ts";
import { openLibrary } from "../../jails/load-filters.ts";
import { createFilterCompiler } from "../../parse/filter/compile-filter.ts";
import { openBook } from "../../record/open-book.ts";
import { createStateStore } from "../../record/state-store.ts";
import { Allow } from "../allow/allow.ts";
import { LineFollower } from "../follow-lines.ts";
import { createForwardingPeers } from "../forwarding-peers.ts";
import { createGuards } from "../guards/guards.ts";
import { LoginRecords } from "../login-records.ts";

enableLinearRegex();

const folder = mkdtempSync(join(tmpdir(), `bailiff-forged-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));
const { filters } = await (await openLibrary([])).read(["sshd"]);
const NETWORK = literalSubject("192.0.2.0/24");
const START = Date.parse("2026-11-23T00:00:00Z");
const SECOND = 1000;
/** The book keeps failures for minutes only, because no other detector runs. */
const CONFIG = `[jails.sshd]\ndetect = { subnets = "act", slow = "off" }\n`;

async function openHost() {
  const failed = join(mkdtempSync(join(folder, "host-")), "btmp");
  writeFileSync(failed, "", { mode: 0o600 });
  const paths = { state: "/state", socket: "/socket" };
  const options = { paths, ports: await readPortNames() };
  const config = await parseConfig([{ path: "test.toml", text: CONFIG }], options);
  assert.ok(config.ok, JSON.stringify(config));
  const library = { filters, compile: createFilterCompiler() };
  const { jails } = compileJails(enabledJails(config.value), library, []);
  const [compiled] = jails;
  assert.ok(compiled !== undefined);
  const { jail } = compiled;
  let passed = 0;
  const pass = (ms: number): void => void (passed += ms);
  const clock: AlarmClock = {
    now: () => instant(START + passed),
    monotonic: () => passed,
    sleep: async () => "elapsed",
    alarm: () => ({ set: () => undefined, clear: () => undefined }),
  };
  const emit = (): void => undefined;
  const book = openBook({ path: ":memory:", clock, emit });
  const allow = new Allow({ book, hostAddresses: () => [], resolveName: async () => [], emit });
  allow.rebuild([jail.config], clock.now());
  const stateStore = createStateStore(book);
  const owner = process.getuid?.() ?? 0;
  const logins = new LoginRecords(stateStore, { failed, succeeded: `${failed}-none`, owner });
  logins.read(clock.now());
  logins.comparison.begin(jail.name, {
    since: clock.now(),
    terminals: { failed: ["ssh:notty"], succeeded: [] },
    recordedRules: new Set(["failed-attempt"]),
  });
  const guards = createGuards({
    ...{ book, clock, emit, allow, logins, ownPeer: () => undefined, onChange: emit },
    sessions: { from: () => [], isEstablished: () => false },
  });
  await guards.use([compiled]);
  const follower = new LineFollower([{ jail, source: { kind: "file", files: ["/log"] } }], {
    ...{ book, allow, clock, emit, guards, logins },
    ...{ forwarders: createForwardingPeers(stateStore), localOffset: () => 0, where: "/log" },
    ...{ chance: () => 0, checkClock: emit, onBannedStillActive: emit },
    enforce: async () => undefined,
  });
  const write = async (ip: string): Promise<void> => {
    pass(SECOND);
    const text = `${formatInstant(clock.now())} ${hostname()} sshd[1]: Failed password for root from ${ip} port 4711 ssh2\n`;
    const batch = { text, fields: undefined, cursor: undefined, arrival: "live" } as const;
    await follower.follow(batch, []);
  };
  const record = (ip: string): void => appendFileSync(failed, utmpRecord({ ip, at: clock.now() }));
  return {
    ...{ pass, record, forge: write },
    /** The service writes the line, and its record at the same time. */
    fail: async (ip: string): Promise<void> => {
      appendFileSync(failed, utmpRecord({ ip, at: clock.now() + SECOND }));
      await write(ip);
    },
    isBanned: () => book.ban(jail.name, NETWORK) !== undefined,
    close: async (): Promise<void> => {
      guards.close();
      await book[Symbol.asyncDispose]();
    },
  };
}

type Host = Awaited<ReturnType<typeof openHost>>;

async function twiceEach(how: (ip: string) => Promise<void>, from: number, to: number) {
  for (let host = from; host <= to; host++)
    for (let n = 0; n < 2; n++) await how(`192.0.2.${host}`);
}

async function onHost(run: (host: Host) => Promise<void>): Promise<void> {
  const host = await openHost();
  // btmp is known to be written once a line has its record.
  await host.fail("198.51.100.1");
  await run(host);
  await host.close();
}

test("lines that another process wrote ban no network, however slowly they come", () =>
  onHost(async ({ forge, fail, pass, isBanned }) => {
    await twiceEach(forge, 1, 7);
    pass(2 * 86_400_000);
    // As long as others fail really, btmp is believed.
    await fail("198.51.100.2");
    await twiceEach(forge, 8, 12);
    await twiceEach(fail, 13, 13);
    assert.equal(isBanned(), false);
  }));

test("failures with records ban the network, whatever is forged beside them", () =>
  onHost(async ({ forge, fail, isBanned }) => {
    await twiceEach(forge, 1, 7);
    await twiceEach(fail, 11, 17);
    assert.equal(isBanned(), false);
    await twiceEach(fail, 18, 18);
    assert.equal(isBanned(), true);
  }));

test("a failure whose record comes late counts with the next one", () =>
  onHost(async ({ forge, fail, pass, record, isBanned }) => {
    await twiceEach(fail, 11, 17);
    await fail("192.0.2.18");
    pass(60 * SECOND);
    await forge("192.0.2.18");
    assert.equal(isBanned(), false);
    record("192.0.2.18");
    await fail("198.51.100.2");
    assert.equal(isBanned(), true);
  }));
