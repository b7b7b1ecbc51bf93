import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../config/parse-config.ts";
import type { BookStep } from "../../domain/ban-book.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import { createStateStore } from "../../record/state-store.ts";
import { LoginRecords } from "../login-records.ts";
import type { Match } from "../../domain/match.ts";
import { createLiveSessions } from "../../host/logins/live-sessions.ts";
import { systemClock } from "../../host/system-clock.ts";
import { createJail, type Jail } from "../../jails/jail.ts";
import { openBook } from "../../record/open-book.ts";
import { Allow } from "../allow/allow.ts";
import { TurnFailures } from "../turn-failures.ts";
import { createGuards } from "./guards.ts";

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));
const clock = { ...systemClock, now: (): Instant => NOW };
const DAY = 86_400_000;
const silent = (): void => undefined;

async function sshdJail(): Promise<Jail> {
  const parsed = await parseConfig([{ path: "b.toml", text: "[jails.sshd]\n" }], {
    paths: { state: "/state", socket: "/socket" },
    ports: new Map(),
  });
  const config = parsed.ok ? parsed.value.jails[0] : undefined;
  assert.ok(config !== undefined, JSON.stringify(parsed));
  const filter = { name: "sshd", variant: "sshd", programs: ["sshd"], rules: [], recordRules: [] };
  return createJail(config, { ...filter, mode: "normal" });
}

function login(at: number): Match {
  const ip = parseIp("192.0.2.7") ?? assert.fail();
  return { ip, user: "al", at: instant(at), login: { method: "key", port: 4000 } } as Match;
}

test("a login in an old log counts while logins are stored", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  const guards = createGuards({
    ...{ book, clock, emit: silent, ownPeer: () => undefined, onChange: silent },
    logins: new LoginRecords(createStateStore(book)),
    sessions: createLiveSessions({ monotonic: () => 0, utmp: "/none", logind: "/none" }),
    allow: new Allow({ book, hostAddresses: () => [], resolveName: async () => [], emit: silent }),
  });
  const jail = await sshdJail();
  const noted = [90 * DAY + 1, 90 * DAY, 0].map((ago): readonly BookStep[] => {
    const batch = guards.batch({ steps: [], failures: new TurnFailures(book, []) }, silent);
    batch.success([jail], login(NOW - ago), 0);
    return batch.finish();
  });
  assert.deepEqual(
    noted.map((steps) => steps.map(({ kind }) => kind)),
    [[], ["login"], ["login"]],
  );
  guards.close();
});
