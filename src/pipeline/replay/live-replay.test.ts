import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { enabledJails } from "../../config/config.ts";
import { parseConfig } from "../../config/parse-config.ts";
import { literalSubject } from "../../domain/cidr.ts";
import { formatInstant, type Instant, instant } from "../../domain/instant.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { readPortNames } from "../../host/services/port-names.ts";
import { compileJails, type CompiledJail } from "../../jails/compile-jails.ts";
import { openLibrary } from "../../jails/load-filters.ts";
import { createFilterCompiler } from "../../parse/filter/compile-filter.ts";
import { openBook } from "../../record/open-book.ts";
import { createStateStore } from "../../record/state-store.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { Allow } from "../allow/allow.ts";
import { CampaignWatch } from "../campaign-watch.ts";
import { LineFollower } from "../follow-lines.ts";
import { createForwardingPeers } from "../forwarding-peers.ts";
import { createGuards } from "../guards/guards.ts";
import { LoginRecords } from "../login-records.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { replay } from "../replay.ts";

enableLinearRegex();

const folder = mkdtempSync(join(tmpdir(), `bailiff-replay-live-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

const START = Date.parse("2026-11-23T00:00:00Z");
const NOW = instant(Date.parse("2026-12-24T12:00:00Z"));
const { filters } = await (await openLibrary([])).read(["sshd"]);
const ports = await readPortNames();
const signal = new AbortController().signal;

/** Short times, so that bans begin, end and grow within a few lines. */
async function compile(): Promise<readonly CompiledJail[]> {
  const text =
    '[jails.sshd]\nmaxretry = 3\nbantime = "10m"\nbans_per_minute = 2\nlockout_guard = "20m"\n';
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "test.toml", text }], { paths, ports });
  assert.ok(config.ok, JSON.stringify(config));
  return compileJails(enabledJails(config.value), { filters, compile: createFilterCompiler() }, [])
    .jails;
}

interface Line {
  readonly at: Instant;
  readonly ip: string;
  readonly text: string;
}

interface Outcome {
  /** For each banned subject, the time of its first ban, and the number of bans. */
  readonly subjects: Readonly<Record<string, readonly [first: number, bans: number]>>;
  /** Number of attempts that bans stopped. */
  readonly stopped: number;
}

/** Runs the daemon's main path, which reads each line when it is written. A banned source writes none. */
async function runLive(lines: readonly Line[]): Promise<Outcome> {
  const clock = new VirtualClock();
  const subjects: Record<string, readonly [number, number]> = {};
  const emit = (event: TelemetryEvent): void => {
    if (event.event !== "ban") return;
    const [first, bans] = subjects[event.ip] ?? [clock.now(), 0];
    subjects[event.ip] = [first, bans + 1];
  };
  await using book = openBook({ path: ":memory:", clock, emit });
  const allow = new Allow({ book, hostAddresses: () => [], resolveName: async () => [], emit });
  const [compiled, ...others] = await compile();
  assert.ok(compiled !== undefined && others.length === 0);
  const { jail } = compiled;
  allow.rebuild([jail.config], NOW);
  const stateStore = createStateStore(book);
  const guards = createGuards({
    ...{ book, clock, emit, allow, ownPeer: () => undefined, onChange: () => undefined },
    logins: new LoginRecords(stateStore),
    sessions: { from: () => [], isEstablished: () => false },
  });
  await guards.use([compiled]);
  const follower = new LineFollower([{ jail, source: { kind: "file", files: ["/log"] } }], {
    ...{ book, allow, clock, emit, guards, forwarders: createForwardingPeers(stateStore) },
    ...{ localOffset: () => 0, chance: () => 0, where: "/log" },
    campaigns: new CampaignWatch({ stateStore, emit, seed: 0, now: clock.now() }),
    enforce: async () => undefined,
    onBannedStillActive: () => undefined,
    checkClock: () => undefined,
  });
  let stopped = 0;
  for (const { at, ip, text } of lines) {
    clock.advance(at, (now) => guards.quality.onEnded(book.expire(now, 1000), now));
    if (book.bansOf(literalSubject(ip)).length > 0) {
      if (text.includes("Failed")) stopped++;
      continue;
    }
    const batch = { text: `${text}\n`, fields: undefined, cursor: undefined };
    await follower.follow({ ...batch, arrival: "live" }, []);
  }
  guards.close();
  return { subjects, stopped };
}

const line = fc.record({
  gap: fc.constantFrom(0, 1, 5, 20, 60, 300),
  ip: fc.constantFrom("192.0.2.7", "192.0.2.8", "192.0.2.9", "2001:db8::7", "2001:db8::8"),
  user: fc.constantFrom("root", "alice"),
  how: fc.constantFrom(...Array<string>(12).fill("failed"), "password", "publickey"),
});

test("invariant 9: a replay bans the same as the daemon live, at the same times, and stops the same attempts", async () => {
  let runs = 0;
  let bans = 0;
  const property = fc.asyncProperty(
    fc.array(line, { minLength: 40, maxLength: 80 }),
    async (planned) => {
      let seconds = 0;
      const lines = planned.map(({ gap, ip, user, how }, i): Line => {
        seconds += gap;
        const at = instant(START + seconds * 1000);
        const message =
          how === "failed"
            ? `Failed password for ${user} from ${ip} port 4711 ssh2`
            : `Accepted ${how} for ${user} from ${ip} port 4711 ssh2`;
        return { at, ip, text: `${formatInstant(at)} web1 sshd[${i + 1}]: ${message}` };
      });
      const path = join(folder, `${runs++}.log`);
      writeFileSync(path, lines.map(({ text }) => `${text}\n`).join(""));
      const { tallies } = await replay({
        ...{ logs: [path], ports, signal, localOffset: () => 0, owned: () => false },
        clock: { now: () => NOW, monotonic: () => 0 },
        policies: [{ name: "test", jails: await compile(), guards: "all" }],
      });
      const live = await runLive(lines);
      const [tally] = tallies;
      assert.ok(tally !== undefined);
      const found = tally.subjects().map((one) => [one.subject, [one.at, one.bans]] as const);
      const { stopped } = tally;
      assert.deepEqual({ subjects: Object.fromEntries(found), stopped }, live);
      bans += tally.bans;
    },
  );
  await fc.assert(property, fuzzRuns(20));
  assert.ok(bans > 10, "the runs must make bans");
});
