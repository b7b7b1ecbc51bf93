/**
 * Remembers which addresses have failed logins in btmp, and when. Says "unknown" instead of "missing" about times of
 * which records were forgotten or never read: a flood of records must not make real failures look forged. Bounded by
 * `MAX_ADDRESSES`, `MAX_SPANS` and `MAX_GAPS`.
 */
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { MAX_APART_MS } from "./time-pairing.ts";

/** unknown: records of that time are missing here, so the failure may have had one. */
export type RecordPresence = "recorded" | "missing" | "unknown";

/** About 200 bytes each. */
const MAX_ADDRESSES = 16_384;
const MAX_SPANS = 8;
const MAX_GAPS = 64;

interface Span {
  from: number;
  to: number;
}

export class RecordedFailures {
  /** Spans in which each time is at most MAX_APART_MS from a record; least recently recorded address first. */
  #spans = new Map<Ip, Span[]>();
  /** Times of which records were not read. */
  #gaps: Span[] = [];
  #forgottenUntil = Number.NEGATIVE_INFINITY;

  add(ip: Ip, at: Instant): void {
    const spans = this.#spans.get(ip) ?? [];
    this.#spans.delete(ip);
    this.#spans.set(ip, spans);
    addTime(spans, at, at, { apart: 2 * MAX_APART_MS, max: MAX_SPANS });
    if (this.#spans.size > MAX_ADDRESSES) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const [oldest] = this.#spans;
    if (oldest === undefined) return;
    const [ip, spans] = oldest;
    this.#spans.delete(ip);
    for (const { to } of spans) this.#forgottenUntil = Math.max(this.#forgottenUntil, to);
  }

  /** Some records of this time were not read. */
  addGap(from: Instant, to: Instant): void {
    addTime(this.#gaps, from, to, { apart: MAX_APART_MS, max: MAX_GAPS });
  }

  /** Returns whether a failed login from the subject was recorded at about that time. */
  find(subject: Subject, at: Instant): RecordPresence {
    if (this.#isRecorded(subject, at)) return "recorded";
    const isUnknown = at <= this.#forgottenUntil + MAX_APART_MS || isNear(this.#gaps, at);
    return isUnknown ? "unknown" : "missing";
  }

  #isRecorded(subject: Subject, at: Instant): boolean {
    if (!subject.includes("/")) return isNear(this.#spans.get(subject as Ip) ?? [], at);
    for (const [ip, spans] of this.#spans)
      if (isNear(spans, at) && subjectsOverlap(ip, subject)) return true;
    return false;
  }

  /** Shifts all times after a step of the wall clock by `step` milliseconds. */
  shift(step: number): void {
    for (const span of [...this.#gaps, ...[...this.#spans.values()].flat()]) {
      span.from = instant(span.from + step);
      span.to = instant(span.to + step);
    }
    this.#forgottenUntil += step;
  }
}

/** Extends a span that ends or begins at most `apart` milliseconds away, or adds one. */
function addTime(
  spans: Span[],
  from: number,
  to: number,
  { apart, max }: { readonly apart: number; readonly max: number },
): void {
  const near = spans.find((span) => to >= span.from - apart && from <= span.to + apart);
  if (near === undefined) spans.push({ from, to });
  else extend(near, { from, to });
  if (spans.length <= max) return;
  // Joins the two oldest. The time between them then counts as covered, so no ban is refused because of it.
  const [first] = spans.splice(0, 1);
  const [second] = spans;
  if (first !== undefined && second !== undefined) extend(second, first);
}

function extend(span: Span, { from, to }: Readonly<Span>): void {
  span.from = Math.min(span.from, from);
  span.to = Math.max(span.to, to);
}

function isNear(spans: readonly Span[], at: number): boolean {
  return spans.some(({ from, to }) => at >= from - MAX_APART_MS && at <= to + MAX_APART_MS);
}
