import assert from "node:assert/strict";
import test from "node:test";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { createConfirmations } from "./confirmations.ts";
import { sampleSubject } from "../sample-entries.fixture.ts";

const [a, b] = [sampleSubject(1), sampleSubject(2)];

test("after a start only confirmed bans count as enforced", () => {
  const known = createConfirmations();
  assert.deepEqual(known.stateOf(a, ALL_PORTS), { state: "pending", error: undefined });
  known.confirm(a, ALL_PORTS, known.mark());
  assert.equal(known.stateOf(a, ALL_PORTS).state, "enforced");
  assert.equal(known.stateOf(b, ALL_PORTS).state, "pending");
});

test("a comparison confirms all bans except those that changed while it ran", () => {
  const known = createConfirmations();
  known.doubt(a, ALL_PORTS);
  const mark = known.mark();
  known.doubt(b, ALL_PORTS, "No buffer space");
  known.trustAllBut(mark);
  assert.equal(known.stateOf(a, ALL_PORTS).state, "enforced");
  assert.equal(known.stateOf(sampleSubject(3), ALL_PORTS).state, "enforced");
  assert.deepEqual(known.stateOf(b, ALL_PORTS), { state: "pending", error: "No buffer space" });
  known.confirm(b, ALL_PORTS, known.mark());
  assert.equal(known.stateOf(b, ALL_PORTS).state, "enforced");
});

test("a ban that changed after the beginning of a change is not confirmed by it", () => {
  const known = createConfirmations();
  known.doubt(a, ALL_PORTS);
  const mark = known.mark();
  known.doubt(a, ALL_PORTS);
  known.confirm(a, ALL_PORTS, mark);
  assert.equal(known.stateOf(a, ALL_PORTS).state, "pending");
  known.confirm(a, ALL_PORTS, known.mark());
  assert.equal(known.stateOf(a, ALL_PORTS).state, "enforced");
});

test("with an unusable firewall every ban is pending, with the reason", () => {
  const known = createConfirmations();
  known.trustAllBut(known.mark());
  known.doubt(b, ALL_PORTS, "refused");
  known.doubtAll("no permission");
  for (const one of [a, b])
    assert.deepEqual(known.stateOf(one, ALL_PORTS), { state: "pending", error: "no permission" });
});

test("a removed ban leaves no state", () => {
  const known = createConfirmations();
  known.trustAllBut(known.mark());
  known.doubt(a, ALL_PORTS, "refused");
  known.forget(a, ALL_PORTS);
  assert.equal(known.isDoubted(a, ALL_PORTS), false);
});
