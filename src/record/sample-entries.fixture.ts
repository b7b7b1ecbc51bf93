/**
 * Generates steps for tests and benchmarks of the book. The n-th step is always the same, and addresses differ by n.
 */
import type { Ban } from "../domain/ban.ts";
import type { BanBook, BookStep, CountedFailure } from "../domain/ban-book.ts";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import type { EnforcerDemand, EnforcerView } from "../domain/enforcer-view.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";

export const SAMPLE_START: number = 1_800_000_000_000;

export function sampleAt(seconds: number): Instant {
  return instant(SAMPLE_START + seconds * 1000);
}

export function sampleSubject(n: number): Subject {
  const subject = parseSubject(`10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`);
  if (subject === undefined) throw new RangeError(`no sample subject ${n}`);
  return subject;
}

export function sampleJail(name: string): JailName {
  const jail = parseJailName(name);
  if (jail === undefined) throw new RangeError(`no jail name: ${name}`);
  return jail;
}

export function sampleFailure(n: number, change: Partial<CountedFailure> = {}): BookStep {
  return {
    kind: "failure",
    subject: sampleSubject(n),
    jail: sampleJail("sshd"),
    at: sampleAt(n),
    weight: 1,
    rule: "failed-password",
    user: "root",
    line: `Jan  1 00:00:00 host sshd[${n}]: Failed password for root from 192.0.2.7 port ${n} ssh2`,
    ...change,
  };
}

export function sampleBan(n: number, change: Partial<Ban> = {}): BookStep {
  const ban: Ban = {
    subject: sampleSubject(n),
    jail: sampleJail("sshd"),
    scope: ALL_PORTS,
    from: sampleAt(0),
    until: sampleAt(3600 + n),
    origin: "detected",
    reason: "5 failures in 10m",
    rule: "failed-password",
    failures: 5,
    escalation: 0,
    ...change,
  };
  return { kind: "ban", ban, who: "daemon" };
}

/** Opens the view of an enforcer that is required to hold every ban. */
export function openSampleView(book: BanBook, change: Partial<EnforcerDemand> = {}): EnforcerView {
  return book.openView({ name: "nftables", scopes: "ports", dutyFor: () => "required", ...change });
}
