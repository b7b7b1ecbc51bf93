import assert from "node:assert/strict";
import { test } from "node:test";
import type { BookStep, CountedFailure } from "../domain/ban-book.ts";
import { instant } from "../domain/instant.ts";
import { TurnFailures } from "./turn-failures.ts";
import type { JailName } from "../domain/jail-name.ts";
import { subjectOf } from "../domain/counting-prefix.ts";
import { parseIp } from "../domain/ip.ts";

const JAIL = "sshd" as JailName;

function subject(text: string) {
  return subjectOf(parseIp(text) ?? assert.fail(), 64);
}

function failure(text: string, at: number): CountedFailure {
  const line = `Failed password for al from ${text}`;
  const base = { jail: JAIL, user: "al", rule: "failed", weight: 1, line };
  return { ...base, subject: subject(text), at: instant(at) };
}

function openTurn(booked: readonly CountedFailure[]) {
  const asked: string[] = [];
  const steps: BookStep[] = [];
  const windowFailures = ({ subject: of }: { readonly subject: string }) => {
    asked.push(of);
    return booked.filter((one) => one.subject === of);
  };
  return { asked, steps, failures: new TurnFailures({ windowFailures }, steps) };
}

test("failures of the book and of the turn count together, and the book is asked once", () => {
  const turn = openTurn([failure("192.0.2.1", 1), failure("192.0.2.2", 2)]);
  const times = (): readonly number[] =>
    turn.failures.of(JAIL, subject("192.0.2.1")).map(({ at }) => at);
  assert.deepEqual(times(), [1]);
  turn.steps.push({ kind: "failure", ...failure("192.0.2.1", 3) });
  turn.steps.push({ kind: "failure", ...failure("192.0.2.9", 4) });
  assert.deepEqual(times(), [1, 3]);
  turn.steps.push({ kind: "consumed", jail: JAIL, subject: subject("192.0.2.1") });
  turn.steps.push({ kind: "failure", ...failure("192.0.2.1", 5) });
  assert.deepEqual(times(), [5]);
  assert.deepEqual(turn.asked, ["192.0.2.1"]);
});

test("more failures than are kept at a time are read again", () => {
  const many = Array.from({ length: 3000 }, (_, n) => failure("192.0.2.1", n));
  const booked = Array.from({ length: 8 }, (_, n) =>
    many.map((one) => ({ ...one, subject: subject(`192.0.2.${n}`) })),
  );
  const turn = openTurn(booked.flat());
  for (let n = 0; n < 8; n++)
    assert.equal(turn.failures.of(JAIL, subject(`192.0.2.${n}`)).length, 3000);
  assert.equal(turn.failures.of(JAIL, subject("192.0.2.7")).length, 3000);
  assert.equal(turn.failures.of(JAIL, subject("192.0.2.0")).length, 3000);
  assert.equal(turn.asked.length, 9);
});
