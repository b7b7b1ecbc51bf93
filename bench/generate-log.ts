/**
 * Generates a realistic auth.log of any length, equal for equal options. Sessions of attacks and of normal work are
 * concurrent, so that their lines mix as in a real log. Yields chunks of whole lines.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { attackSession, quietSession } from "./log-sessions.ts";
import { createRandom } from "./random.ts";

export interface LogOptions {
  readonly lines: number;
  /** Share of lines of attacks, from 0 to 1. */
  readonly attacks: number;
  readonly header: "rfc3164" | "rfc3339";
  readonly seed: number;
}

export interface GeneratedLog {
  readonly lines: number;
  readonly attackLines: number;
  readonly attempts: number;
  readonly bytes: number;
}

interface Running {
  readonly attack: boolean;
  readonly lines: readonly string[];
  next: number;
}

const CONCURRENT_SESSIONS = 12;
const PIECE = 1 << 20;
/**
 * Time of the first line, a Monday in January: a timestamp of RFC 3164 has no year, and January is in the past for most
 * of the year.
 */
const FIRST = Date.UTC(2026, 0, 5);
const SPAN_MS = 7 * 86_400_000;
const MONTH = "Jan";

export function writeLog(path: string, options: LogOptions): GeneratedLog {
  const file = openSync(path, "w");
  try {
    let bytes = 0;
    const end = generate(options, (piece) => {
      bytes += writeSync(file, piece);
    });
    return { ...end, bytes };
  } finally {
    closeSync(file);
  }
}

function generate(options: LogOptions, take: (piece: string) => void): Omit<GeneratedLog, "bytes"> {
  const random = createRandom(options.seed);
  const running: Running[] = [];
  let [attackLines, attempts, started, pid] = [0, 0, 0, 2000];
  let piece = "";
  /** Begins a session: an attack if attacks are below their share, else normal work. */
  const begin = (): Running => {
    pid = 2000 + ((pid - 2000 + 1 + random.below(5)) % 4_190_000);
    const attack = attackLines < options.attacks * started;
    const { lines, attempts: more } = attack
      ? attackSession(random, pid)
      : quietSession(random, pid);
    started += lines.length;
    if (attack) attackLines += lines.length;
    attempts += more;
    return { attack, lines, next: 0 };
  };
  for (let n = 0; n < options.lines; n++) {
    while (running.length < CONCURRENT_SESSIONS) running.push(begin());
    const at = random.below(running.length);
    const session = running[at];
    if (session === undefined) continue;
    const stamp = stampOf(
      FIRST + Math.floor((n / options.lines) * SPAN_MS),
      options.header,
      random.below(1e6),
    );
    piece += `${stamp} web1 ${session.lines[session.next++] ?? ""}\n`;
    if (session.next === session.lines.length) running.splice(at, 1);
    if (piece.length < PIECE) continue;
    take(piece);
    piece = "";
  }
  take(piece);
  return { lines: options.lines, attackLines, attempts };
}

function stampOf(at: number, header: LogOptions["header"], micros: number): string {
  const iso = new Date(at).toISOString();
  if (header === "rfc3339") return `${iso.slice(0, 19)}.${String(micros).padStart(6, "0")}+00:00`;
  const day = String(Number(iso.slice(8, 10))).padStart(2, " ");
  return `${MONTH} ${day} ${iso.slice(11, 19)}`;
}
