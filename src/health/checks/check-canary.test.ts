import assert from "node:assert/strict";
import test from "node:test";
import { duration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { CAUSES, type Proof } from "../../domain/proof.ts";
import { CanaryCheck } from "./check-canary.ts";
import type { WatchedJail } from "../jail-check.ts";
import type { SelfTest } from "../canary/verify.ts";
import { type StepName, STEPS } from "../canary/self-test-steps.ts";

const START = Date.parse("2026-11-23T12:00:00Z");
const MINUTE = 60_000;
const DAY = 86_400_000;

function jailName(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}

interface Parts {
  readonly path?: string;
  readonly file?: string;
  readonly ports?: string;
  readonly enforcer?: string;
  readonly rules?: readonly {
    readonly id: string;
    readonly location?: { readonly path: string };
  }[];
}

/** The parts of a jail that the check reads. */
function watched(canary: number, parts: Parts = {}): WatchedJail {
  const { path = "/filters/sshd.toml", file = "/var/log/auth.log", ports = "all" } = parts;
  const { enforcer = "nftables" } = parts;
  const source = { kind: "file", files: [file] };
  const config = { canary: duration(canary), mode: "normal", ports, enforcer, source };
  const jail = { name: jailName("sshd"), config };
  const definition = { name: "sshd", path, programs: ["sshd"], rules: parts.rules ?? [] };
  const search = { source, looked: [] };
  return { live: { jail, definition, search }, source: {} } as unknown as WatchedJail;
}

/** `failing`: the step at which self-tests fail now. */
function setUp({
  canary = DAY,
  memory = new Map<string, string>(),
  parts = {} as Parts,
  minutes = 0,
} = {}) {
  let now = START + minutes * MINUTE;
  let failing: StepName | undefined;
  let isDoubtful = false;
  const runs: number[] = [];
  let jail = watched(canary, parts);
  const check = new CanaryCheck({
    verify: async (live) => {
      runs.push(now);
      const selfTest = selfTestAt(instant(now), failing);
      check.note(live, selfTest);
      return selfTest;
    },
    isDoubtful: () => isDoubtful,
    stateStore: {
      load: (name) => memory.get(name),
      save: (name, text) => void memory.set(name, text),
    },
    emit: (event) => assert.fail(JSON.stringify(event)),
    chance: () => 0.5,
  });
  return {
    memory,
    runs,
    note: (step?: StepName) => check.note(jail.live, selfTestAt(instant(now), step)),
    become(next: Parts) {
      jail = watched(canary, next);
    },
    fail(step: StepName | undefined) {
      failing = step;
    },
    doubt(doubtful: boolean) {
      isDoubtful = doubtful;
    },
    /** `isKnown`: the daemon runs, and notices it. */
    stepClock(step: number, isKnown = true) {
      now += step;
      if (isKnown) check.shift(step);
    },
    async pass(milliseconds: number) {
      for (const end = now + milliseconds; now < end; ) {
        now += 30_000;
        await check.look([jail], instant(now));
        // Waits for the self-test.
        await Promise.resolve();
        await new Promise(setImmediate);
      }
    },
    proof(): Proof {
      const [proof] = check.proofs(jail, instant(now));
      assert.ok(proof !== undefined);
      return proof;
    },
  };
}

function selfTestAt(at: Instant, failing: StepName | undefined): SelfTest {
  const steps = STEPS.map((step) => ({
    ...{ step, took: duration(10), evidence: `of ${step}` },
    outcome: step === failing ? ("failed" as const) : ("proven" as const),
    fix: step === failing ? "mend it" : undefined,
  }));
  const outcome = failing === undefined ? "proven" : "failed";
  return { at, took: duration(1250), outcome, steps };
}

test("the first self-test runs minutes after the start, later ones about a day apart", async () => {
  const stage = setUp();
  assert.equal(stage.proof().kind, "unproven");
  await stage.pass(20 * MINUTE);
  assert.equal(stage.runs.length, 1);
  const first = (stage.runs[0] ?? 0) - START;
  assert.ok(first >= 2 * MINUTE && first <= 11 * MINUTE, `${first}`);
  const proof = stage.proof();
  assert.equal(proof.kind, "proven");
  assert.equal(proof.kind === "proven" ? proof.at : 0, stage.runs[0]);
  await stage.pass(3 * DAY);
  const gaps = stage.runs.slice(1).map((at, i) => at - (stage.runs[i] ?? 0));
  assert.equal(gaps.length, 3);
  assert.ok(
    gaps.every((gap) => gap > 0.89 * DAY && gap <= DAY + MINUTE),
    String(gaps),
  );
});

test("a doubtful jail is tested immediately, and again in intervals while the doubt lasts", async () => {
  const stage = setUp();
  stage.doubt(true);
  await stage.pass(MINUTE);
  assert.equal(stage.runs.length, 1);
  await stage.pass(60 * MINUTE);
  assert.equal(stage.runs.length, 7);
  stage.doubt(false);
  await stage.pass(120 * MINUTE);
  assert.equal(stage.runs.length, 7);
  // The next doubt does not wait for the schedule.
  stage.doubt(true);
  stage.fail("arrive");
  await stage.pass(MINUTE);
  assert.equal(stage.runs.length, 8 + 1);
  const proof = stage.proof();
  assert.equal(proof.kind === "found" && proof.cause, "canary-unseen");
  const off = setUp({ canary: 0 });
  off.doubt(true);
  await off.pass(60 * MINUTE);
  assert.deepEqual(off.runs, []);
});

test("a failed self-test counts immediately and is repeated; a passed one clears the failure", async () => {
  for (const [step, cause] of [
    ["attempt", "canary-failed"],
    ["arrive", "canary-unseen"],
    ["match", "canary-unseen"],
    ["count", "canary-unseen"],
    ["record", "canary-failed"],
    ["kernel", "canary-undropped"],
    ["drop", "canary-undropped"],
  ] as const) {
    const stage = setUp();
    stage.fail(step);
    while (stage.runs.length < 1) await stage.pass(30_000);
    const once = stage.proof();
    assert.equal(once.kind === "found" ? once.cause : once.kind, "canary-failed");
    assert.equal(CAUSES["canary-failed"], "degraded");
    assert.match(once.evidence, /^the self-test failed at .*\(will be retried within a minute\)$/);
    await stage.pass(MINUTE);
    assert.equal(stage.runs.length, 2);
    const proof = stage.proof();
    assert.equal(proof.kind === "found" ? proof.cause : proof.kind, cause);
    assert.match(proof.evidence, new RegExp(`failed at "${step}": of ${step}`));
    stage.fail(undefined);
    await stage.pass(11 * MINUTE);
    assert.equal(stage.runs.length, 3);
    assert.equal(stage.proof().kind, "proven");
  }
});

test("a failing self-test is repeated in growing intervals", async () => {
  const stage = setUp();
  stage.fail("attempt");
  await stage.pass(2 * DAY);
  assert.ok(stage.runs.length >= 8 && stage.runs.length <= 14, `${stage.runs.length}`);
});

test("results are kept over a restart, and decide about the next self-test", async () => {
  const stage = setUp();
  await stage.pass(20 * MINUTE);
  const again = setUp({ memory: stage.memory, minutes: 20 });
  assert.equal(again.proof().kind, "proven");
  await again.pass(DAY / 2);
  assert.equal(again.runs.length, 0, "the last proof is young enough");
  const damaged = setUp({
    memory: new Map([
      ["canary sshd", '{"at":'],
      ["x", "y"],
    ]),
  });
  assert.equal(damaged.proof().kind, "unproven");
});

test("with self-tests off none is scheduled; a manual one counts immediately", async () => {
  const stage = setUp({ canary: 0 });
  await stage.pass(DAY);
  assert.equal(stage.runs.length, 0);
  assert.match(stage.proof().evidence, /turns it off; to run it: bailiff verify sshd/);
  stage.fail("drop");
  stage.note("drop");
  const once = stage.proof();
  assert.equal(once.kind === "found" ? once.cause : once.kind, "canary-failed");
  await stage.pass(MINUTE);
  assert.equal(stage.runs.length, 1, "repeated, though nothing is tried by schedule");
  const twice = stage.proof();
  assert.equal(twice.kind === "found" ? twice.cause : twice.kind, "canary-undropped");
  assert.equal(twice.kind === "found" ? twice.fix : "", "mend it; then: bailiff verify sshd");
  await stage.pass(DAY);
  assert.equal(stage.runs.length, 1);
  stage.note();
  assert.equal(stage.proof().kind, "proven");
});

test("a failed manual self-test shortly before the first scheduled one is repeated within a minute", async () => {
  const stage = setUp();
  await stage.pass(30_000);
  stage.fail("arrive");
  stage.note("arrive");
  await stage.pass(MINUTE);
  assert.equal(stage.runs.length, 1);
  const proof = stage.proof();
  assert.equal(proof.kind === "found" ? proof.cause : proof.kind, "canary-unseen");
});

test("after a restart a failed self-test is repeated soon, and is not proven until then", async () => {
  const stage = setUp();
  stage.note("arrive");
  const again = setUp({ memory: stage.memory });
  assert.equal(again.proof().kind, "found");
  await again.pass(MINUTE);
  assert.equal(again.runs.length, 1);
  assert.equal(again.proof().kind, "proven");
});

const OTHERS: readonly (readonly [string, Parts, string])[] = [
  ["another source", { file: "/var/log/other.log" }, "source"],
  ["other ports", { ports: "tcp/22" }, "ports"],
  ["another enforcer", { enforcer: "iptables" }, "enforcer"],
  ["other ports and another enforcer", { ports: "22", enforcer: "iptables" }, "ports and enforcer"],
  ["a filter of another directory", { path: "/etc/fail2ban, jail sshd" }, "filter"],
  ["another rule", { rules: [{ id: "new" }] }, "filter"],
  [
    "a rule that was added to the filter",
    { rules: [{ id: "new", location: { path: "own.toml" } }] },
    "added rules",
  ],
];

for (const [what, parts, changed] of OTHERS) {
  test(`${what}: the old proof is dropped, and a new self-test runs minutes later`, async () => {
    const stage = setUp();
    await stage.pass(20 * MINUTE);
    assert.equal(stage.proof().kind, "proven");
    stage.become(parts);
    const proof = stage.proof();
    assert.equal(proof.kind, "unproven");
    assert.ok(
      proof.evidence.startsWith(`not run yet since its ${changed} changed; `),
      proof.evidence,
    );
    await stage.pass(12 * MINUTE);
    assert.equal(stage.runs.length, 2);
    assert.equal(stage.proof().kind, "proven");
  });

  test(`${what} over a restart: the same`, async () => {
    const stage = setUp();
    stage.note();
    assert.equal(setUp({ memory: stage.memory }).proof().kind, "proven");
    const again = setUp({ memory: stage.memory, parts });
    assert.equal(again.proof().kind, "unproven");
    await again.pass(12 * MINUTE);
    assert.equal(again.proof().kind, "proven");
  });

  test(`${what} after a failure: a new self-test runs within a minute`, async () => {
    const stage = setUp();
    stage.fail("drop");
    stage.note("drop");
    await stage.pass(MINUTE);
    stage.become(parts);
    assert.equal(stage.proof().kind, "unproven");
    stage.fail(undefined);
    await stage.pass(MINUTE);
    assert.equal(stage.proof().kind, "proven");
  });
}

test("a clock that is set back delays no self-test, whether the daemon runs or not", async () => {
  for (const isKnown of [true, false]) {
    const stage = setUp();
    await stage.pass(20 * MINUTE);
    assert.equal(stage.runs.length, 1);
    stage.stepClock(-7 * DAY, isKnown);
    await stage.pass(isKnown ? DAY : 2 * MINUTE);
    assert.equal(stage.runs.length, 2, isKnown ? "by schedule" : "immediately");
  }
});
