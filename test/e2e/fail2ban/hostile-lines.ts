/**
 * What clients can write into a log to keep a filter of fail2ban's busy: its sample lines blown up with fragments that
 * its expressions take in many ways, and lines of the shape of GHSA-33wh-ccjc-p397. The same on every run.
 */
import { readSamples } from "./read-samples.ts";

/** A source hands on no longer line. */
export const MAX_LINE_LENGTH = 16_384;
/** Looked at by V8 where it can; longer ones by the exact matcher only. */
export const SHORT_LINE = 500;

const FRAGMENTS = [
  ...[": a", " from 1.2.3.4", "a", "aaaa ", "1.", "::", "(", "[", "]", '"', "'", " user=<a>, "],
  ...[" rhost=1.2.3.4 ", "x@y ", "0", " \t", "<", ">", ",a=b", "\u00e9 ", "- ", "\\", "a:1 ", "\r"],
];
const BASES = 6;
/** Its multiples lie spread over every line without an order. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

export interface HostileLine {
  readonly line: string;
  /** To find the line that caused it. */
  readonly what: string;
}

/** `length`: about that of each. */
export function hostileLines(filter: string, length: number): readonly HostileLine[] {
  const samples = readSamples(filter).map(({ line }) => line);
  const lines: HostileLine[] = [];
  for (let i = 0; i < BASES; i++) {
    const base = samples[Math.floor((i * samples.length) / BASES)] ?? "";
    for (const fragment of FRAGMENTS) {
      const at = Math.floor(base.length * ((lines.length * GOLDEN) % 1));
      const times = Math.max(1, Math.floor((length - base.length) / fragment.length));
      const line = base.slice(0, at) + fragment.repeat(times) + base.slice(at);
      const what = `${JSON.stringify(fragment)} ${times} times at ${at} of ${base.slice(0, 80)}`;
      lines.push({ line, what });
    }
  }
  return lines;
}

export interface DoublingLine {
  readonly filter: string;
  readonly line: (repeats: number) => string;
}

/** Each repeat doubles what the expressions of fail2ban 1.0.2 take for the line in Python. No word they need is missing. */
export const DOUBLING: readonly DoublingLine[] = [
  {
    filter: "dovecot",
    line: (n) =>
      `Jun 11 13:57:15 mail dovecot: imap-login: Disconnected${": a".repeat(n)} (auth failed, 3 attempts): rip=nobody`,
  },
  {
    filter: "domino-smtp",
    line: (n) =>
      `[28325:00010-3735542592] 22-06-2014 09:56:12   smtp: ${"a ".repeat(n)}192.0.2.1 authentication failure using internet password x`,
  },
];
