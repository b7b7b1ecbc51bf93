/**
 * Generates hostile lines for fail2ban filters: sample lines with repeated fragments that expressions match in many
 * ways, and lines as in GHSA-33wh-ccjc-p397. Equal in every run.
 */
import { readSamples } from "./read-samples.ts";

/** Sources cut longer lines. */
export const MAX_LINE_LENGTH = 16_384;
/** Lines up to this length may be matched by V8, longer ones only by the exact matcher. */
export const SHORT_LINE = 500;

const FRAGMENTS = [
  ...[": a", " from 1.2.3.4", "a", "aaaa ", "1.", "::", "(", "[", "]", '"', "'", " user=<a>, "],
  ...[" rhost=1.2.3.4 ", "x@y ", "0", " \t", "<", ">", ",a=b", "\u00e9 ", "- ", "\\", "a:1 ", "\r"],
];
const BASES = 6;
/** Its multiples are spread evenly over a line. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

export interface HostileLine {
  readonly line: string;
  /** Describes the line in messages. */
  readonly what: string;
}

/** `length`: approximate length of each line. */
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

/**
 * Each repetition doubles the time that expressions of fail2ban 1.0.2 take in Python. The lines contain every required
 * word.
 */
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
