/** Sessions keep their address while a client can still use them; failures of a forgotten session are reported. */
import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import type { Match } from "../domain/match.ts";
import {
  type AttemptCounter,
  MAX_CONNECTION_IDLE,
  MAX_IDLE,
  createAttemptCounter,
} from "./attempts.ts";
import { MAX_SESSIONS } from "./session-table.ts";

const IP = parseIp("192.0.2.1");
const START = 1_000_000;
const SLAPD = { isConnectionNumbered: true } as const;

function match(more: Partial<Match>): Match {
  return {
    ...{ kind: "failure", rule: "r", counting: "each", closes: false, login: undefined },
    ...{ ip: undefined, host: undefined, user: undefined, repeated: 1, at: instant(START) },
    ...{ isTimed: true, session: 7 },
    ...more,
  };
}

function accept(counter: AttemptCounter, more: Partial<Match> = {}): void {
  counter.observe(match({ kind: "pending", ip: IP, ...more }));
}

function fail(counter: AttemptCounter, times: number, more: Partial<Match> = {}) {
  let [counted, unaddressed] = [0, 0];
  for (let n = 0; n < times; n++) {
    const attempt = counter.observe(match(more));
    counted += attempt.counts;
    unaddressed += attempt.unaddressed;
  }
  return { counted, unaddressed };
}

test("a numbered connection keeps its address for a day, a process id for ten minutes", () => {
  for (const [more, idle, counted] of [
    [SLAPD, MAX_IDLE + 1, 20],
    [SLAPD, MAX_CONNECTION_IDLE, 20],
    [SLAPD, MAX_CONNECTION_IDLE + 1, 0],
    [{}, MAX_IDLE, 20],
    [{}, MAX_IDLE + 1, 0],
  ] as const) {
    const counter = createAttemptCounter();
    accept(counter, more);
    const failed = fail(counter, 20, { ...more, at: instant(START + idle) });
    assert.deepEqual(failed, { counted, unaddressed: 20 - counted }, `${idle}`);
  }
});

test("connections that were opened and closed do not evict one that is open", () => {
  const counter = createAttemptCounter();
  accept(counter, SLAPD);
  for (let session = 1000; session < 1000 + 4 * MAX_SESSIONS; session++) {
    accept(counter, { ...SLAPD, session });
    counter.observe(match({ ...SLAPD, kind: "neutral", closes: true, session }));
  }
  assert.deepEqual(fail(counter, 20, SLAPD), { counted: 20, unaddressed: 0 });
});

test("a numbered connection keeps its address after a login, a process does not", () => {
  for (const [more, counted] of [
    [SLAPD, 20],
    [{}, 0],
  ] as const) {
    const counter = createAttemptCounter();
    accept(counter, more);
    counter.observe(match({ ...more, kind: "success", user: "al" }));
    assert.deepEqual(fail(counter, 20, more), { counted, unaddressed: 20 - counted });
  }
});

test("failures of an evicted session have no address", () => {
  const counter = createAttemptCounter();
  accept(counter, SLAPD);
  for (let session = 1000; session < 1000 + 4 * MAX_SESSIONS; session++)
    accept(counter, { ...SLAPD, session });
  assert.deepEqual(fail(counter, 20, SLAPD), { counted: 0, unaddressed: 20 });
});

test("failures have no address until a later line of their session names it", () => {
  const counter = createAttemptCounter();
  assert.deepEqual(fail(counter, 3), { counted: 0, unaddressed: 3 });
  const named = counter.observe(match({ kind: "pending", ip: IP }));
  assert.deepEqual([named.counts, named.unaddressed], [3, -3]);
});

test("a client with the number of an earlier connection is not accused of its failures", () => {
  for (const [more, idle, counts] of [
    [SLAPD, MAX_IDLE + 1, 0],
    [SLAPD, MAX_IDLE, 3],
    [{}, MAX_IDLE + 1, 0],
  ] as const)
    for (const kind of ["pending", "failure"] as const) {
      const counter = createAttemptCounter();
      fail(counter, 3, more);
      const next = { ...more, kind, ip: IP, at: instant(START + idle), repeated: 1 };
      const own = kind === "failure" ? 1 : 0;
      assert.equal(counter.observe(match(next)).counts, counts + own, `${kind} ${idle}`);
    }
});

test("failures of a process that serves several peers have no address", () => {
  const counter = createAttemptCounter();
  accept(counter);
  accept(counter, { ip: parseIp("192.0.2.2") });
  assert.deepEqual(fail(counter, 4), { counted: 0, unaddressed: 4 });
});

test("failures that name a host, or nobody, have no address", () => {
  for (const more of [{ host: "evil.example.com" }, { session: 0 }])
    assert.deepEqual(fail(createAttemptCounter(), 4, more), { counted: 0, unaddressed: 4 });
});
