import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import { CAUSES, type Cause, type Link, type Proof } from "../../domain/proof.ts";
import { judgeJail } from "./jail-state.ts";

const NOW = instant(1_700_000_000_000);
const MINUTE = 60_000;

function proven(link: Link, age = 0): Proof {
  return { kind: "proven", link, evidence: `${link} holds`, at: instant(NOW - age) };
}

function found(link: Link, cause: Cause): Proof {
  return { kind: "found", link, cause, evidence: `${cause} seen`, at: NOW, fix: `mend ${cause}` };
}

const GOOD = [proven("source"), proven("record"), proven("firewall")];
const judge = (proofs: readonly Proof[], means: "firewall" | "actions" | "nothing" = "firewall") =>
  judgeJail(proofs, { means, reads: "lines", now: NOW });

test("a jail protects only while every required link is proven", () => {
  assert.equal(judge(GOOD).state, "protecting");
  for (const missing of GOOD) {
    const without = judge(GOOD.filter((proof) => proof !== missing));
    assert.equal(without.state, "degraded");
    assert.equal(without.cause, "proof-too-old");
    assert.match(without.reason, new RegExp(`the ${missing.link} is not proven yet`));
  }
  assert.equal(judge([]).state, "degraded");
});

test("a jail for manual bans depends only on the firewall, and says so", () => {
  const byHand = (means: "firewall" | "actions" | "nothing", proofs = GOOD) =>
    judgeJail(proofs, { means, reads: "nothing", now: NOW });
  const states = (["firewall", "actions", "nothing"] as const).map((means) => byHand(means));
  assert.deepEqual(
    states.map(({ state }) => state),
    ["protecting", "actions-only", "observing"],
  );
  for (const { reason } of states) assert.match(reason, /^bans by hand only; /);
  assert.equal(
    byHand("firewall", [...GOOD, found("firewall", "firewall-missing")]).state,
    "toothless",
  );
});

test("lines are said to be read only after one was read", () => {
  const reasonOf = (reads: "lines" | "no-line-yet"): string =>
    judgeJail(GOOD, { means: "firewall", reads, now: NOW }).reason;
  assert.match(reasonOf("lines"), /^lines are read and /);
  assert.match(reasonOf("no-line-yet"), /no line was read since the start/);
});

test("invariant 11: a proof expires", () => {
  const old = judge([proven("source"), proven("record"), proven("firewall", 16 * MINUTE)]);
  assert.equal(old.state, "degraded");
  assert.equal(old.reason, "the firewall was last proven 16m ago");
  const fresh = judge([proven("source"), proven("record"), proven("firewall", 14 * MINUTE)]);
  assert.equal(fresh.state, "protecting");
  assert.equal(judge([proven("source", 3 * MINUTE), ...GOOD.slice(1)]).state, "degraded");
});

test("the worst finding decides the state: blind, toothless, degraded", () => {
  const all = [
    ...GOOD,
    found("rules", "drift"),
    found("path", "ports-differ"),
    found("place", "stale-file"),
  ];
  assert.deepEqual(judge(all), {
    state: "blind",
    reason: "stale-file seen",
    cause: "stale-file",
    fix: "mend stale-file",
  });
  assert.equal(judge(all.slice(0, -1)).state, "toothless");
  assert.equal(judge(all.slice(0, -2)).state, "degraded");
  for (const cause of Object.keys(CAUSES) as Cause[])
    assert.equal(judge([...GOOD, found("path", cause)]).state, CAUSES[cause], cause);
});

test("an observing jail needs no firewall, but must read its log", () => {
  assert.equal(judge([proven("source"), proven("record")], "nothing").state, "observing");
  assert.equal(judge([...GOOD, found("path", "ports-differ")], "nothing").state, "observing");
  assert.equal(judge([...GOOD, found("flow", "gone-silent")], "nothing").state, "blind");
});

test("a jail that bans by actions says so, and a failing action degrades it", () => {
  const seen = [proven("source"), proven("record")];
  assert.equal(judge(seen, "actions").state, "actions-only");
  assert.match(
    judge(seen, "actions").reason,
    /by its actions only; bailiff's firewall blocks nothing/,
  );
  // The firewall does not matter for bans by actions.
  assert.equal(judge([...seen, found("path", "ports-differ")], "actions").state, "actions-only");
  assert.equal(judge([...seen, found("wire", "ban-bypassed")], "actions").state, "actions-only");
  assert.equal(judge([found("canary", "canary-unseen")], "actions").state, "blind");
  assert.equal(judge([found("guards", "breaker-open")], "actions").state, "toothless");
  const failing = judge([...seen, found("actions", "actions-fail")], "actions");
  assert.deepEqual([failing.state, failing.cause], ["degraded", "actions-fail"]);
  assert.equal(judge([...GOOD, found("actions", "actions-fail")]).state, "degraded");
});
