import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../domain/instant.ts";
import type { Notice } from "../domain/notifier.ts";
import { describeProblem } from "./describe-problem.ts";
import { createRepeats } from "./repeats.ts";

const QUARTER_MS = 900_000;

function notice(more: Partial<Notice> = {}): Notice {
  return {
    ...{ what: "jail-failed", level: "error", jail: "sshd", state: "blind", cause: "no-log" },
    ...{ ip: undefined, reason: "no log", fix: undefined, at: instant(0), host: "h" },
    ...{ problem: "jail-failed sshd", phase: "began" },
    ...more,
  };
}

test("the same notice about a problem is a repetition for a quarter of an hour", () => {
  const repeats = createRepeats();
  assert.equal(repeats.isRepeat(notice(), 0), false);
  assert.equal(repeats.isRepeat(notice({ at: instant(5) }), QUARTER_MS - 1), true);
  assert.equal(repeats.isRepeat(notice({ problem: "jail-failed web" }), 2), false);
  assert.equal(repeats.isRepeat(notice(), QUARTER_MS), false);
});

test("a failure after a recovery, or for another reason, is no repetition", () => {
  const repeats = createRepeats();
  const ok = notice({
    what: "jail-ok",
    state: "protecting",
    phase: "ended",
    reason: "it was blind",
  });
  for (const one of [notice(), ok, notice(), notice({ reason: "gone" }), notice()])
    assert.equal(repeats.isRepeat(one, 0), false);
});

test("at most 500 problems are remembered", () => {
  const repeats = createRepeats();
  for (let i = 0; i < 501; i++) repeats.isRepeat(notice({ problem: String(i) }), 0);
  assert.equal(repeats.isRepeat(notice({ problem: "500" }), 0), true);
  assert.equal(repeats.isRepeat(notice({ problem: "0" }), 0), false);
});

test("the end of a problem has the name of its begin", () => {
  const state = { jail: "sshd", state: "blind", before: undefined };
  const why = { cause: "no-log", reason: "r", fix: "f" };
  const rule = { jail: "sshd", rule: "failed" };
  assert.deepEqual(
    [
      describeProblem({ event: "jail-failed", ...state, ...why }),
      describeProblem({ event: "jail-degraded", jail: "sshd", before: undefined, ...why }),
      describeProblem({ event: "jail-ok", ...state }),
      describeProblem({ event: "breaker-tripped", ...rule, reason: "r", fix: "f" }),
      describeProblem({ event: "breaker-reset", ...rule, who: "root" }),
      describeProblem({ event: "record-recovered", saved: 1 }),
      describeProblem({ event: "shared-address", jail: "sshd", ip: "192.0.2.1", accounts: 3 }),
    ],
    [
      { problem: "jail-failed sshd", phase: "began" },
      { problem: "jail-failed sshd", phase: "began" },
      { problem: "jail-failed sshd", phase: "ended" },
      { problem: "breaker-tripped sshd failed", phase: "began" },
      { problem: "breaker-tripped sshd failed", phase: "ended" },
      { problem: "record-failed", phase: "ended" },
      { problem: "shared-address sshd 192.0.2.1", phase: "happened" },
    ],
  );
});
