import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject } from "../domain/cidr.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { parseJailName } from "../domain/jail-name.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openBook } from "./open-book.ts";
import { sampleBan, sampleFailure } from "./sample-entries.fixture.ts";
import { takeEach } from "./take-each.ts";

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };

test("a fact that cannot be stored is left out, the rest of the batch is stored", async () => {
  const events: TelemetryEvent[] = [];
  const emit = (event: TelemetryEvent): void => void events.push(event);
  await using book = openBook({ path: ":memory:", clock, emit });
  const subject = parseSubject("192.0.2.7");
  const jail = parseJailName("sshd");
  assert.ok(subject !== undefined && jail !== undefined);
  const common = {
    kind: "failure",
    subject,
    jail,
    at: NOW,
    rule: "r",
    user: "",
    line: "",
  } as const;
  const session = { slot: 1, at: NOW, waiting: 0, progress: 1, peer: undefined, user: undefined };
  book.commit({
    steps: [
      { ...common, weight: 1 },
      { kind: "sessions", jail, whole: false, sessions: [{ ...session, key: 1e25 }] },
      { ...common, at: instant(1e25), weight: 1 },
      { ...common, weight: 1e25 },
      { ...common, weight: Number.NaN },
      { ...common, weight: 2 },
    ],
    cursors: [{ key: "a", value: "1" }],
  });
  const weights = [...book.failuresSince(instant(0))].map(({ weight }) => weight);
  assert.deepEqual(weights, [1, Number.MAX_SAFE_INTEGER, 0, 2]);
  assert.equal(book.cursor("a")?.value, "1");
  const refused = events.filter(({ event }) => event === "record-entry-refused");
  assert.deepEqual(
    refused.map((event) => ("kind" in event ? event.kind : "")),
    ["sessions", "failure"],
  );
});

test("an error of a ban is never skipped", () => {
  const taken: string[] = [];
  const take = (wrong: string) => (step: { readonly kind: string }) => {
    if (step.kind === wrong) throw new Error("a bug");
    taken.push(step.kind);
  };
  const steps = [sampleFailure(1), sampleBan(1), sampleFailure(2)];
  assert.throws(() => takeEach(steps, take("ban")), /a bug/);
  assert.deepEqual(taken.splice(0), ["failure"]);
  const refused = { kind: "failure", reason: "a bug" };
  assert.deepEqual(takeEach(steps, take("failure")), [refused, refused]);
  assert.deepEqual(taken, ["ban"]);
});
