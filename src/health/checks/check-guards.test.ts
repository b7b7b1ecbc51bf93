import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { systemClock } from "../../host/system-clock.ts";
import { createAllowances } from "../../pipeline/guards/allowances.ts";
import { BanLimits } from "../../pipeline/guards/ban-limits.ts";
import { openBook } from "../../record/open-book.ts";
import { createStateStore } from "../../record/state-store.ts";
import type { WatchedJail } from "../jail-check.ts";
import { createGuardsCheck } from "./check-guards.ts";

const NOW = instant(1_800_000_000_000);
const REASON = "within 1h it banned 4 addresses from which users had logged in";

test("the guards report delayed bans as such, and a suspended rule with what it did", async () => {
  const clock = { ...systemClock, now: () => NOW };
  const emit = (): void => undefined;
  const [jail, subject] = [parseJailName("sshd"), parseIp("192.0.2.7")];
  assert.ok(jail !== undefined && subject !== undefined);
  await using book = openBook({ path: ":memory:", clock, emit });
  const stateStore = createStateStore(book);
  const limits = new BanLimits({ book, stateStore, clock, emit, onChange: () => undefined });
  const allowances = createAllowances(stateStore);
  const check = createGuardsCheck({ limits, allowances });
  // The part of a jail that the check reads.
  const live = { jail: { name: jail, config: { bans_per_minute: 30 } } };
  const evidence = (): string =>
    check.proofs({ live } as unknown as WatchedJail, NOW)[0]?.evidence ?? "";
  assert.match(evidence(), /^no rule is suspended.*; 0 bans delayed because of a login$/);
  const until = instant(NOW + 1000);
  const allowance = { jail, subject, openedAt: NOW, until, offenses: 1, evidence: "alice" };
  allowances.give(allowance, NOW);
  assert.match(evidence(), /; 1 ban delayed because of a login$/);
  limits.breaker.open({ jail, rule: "failed-attempt", since: NOW, reason: REASON });
  assert.match(
    evidence(),
    /^rule failed-attempt has been suspended since .*: within 1h it banned 4 .*; 1 offense not banned since$/,
  );
  limits.close();
});
