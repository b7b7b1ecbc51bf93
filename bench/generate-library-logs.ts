/** Generates logs of several services for the filter library, equal for equal seeds. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { createRandom, type Random } from "./random.ts";
import { writeLog } from "./generate-log.ts";

/** A syslog line of a sample: its time, which is replaced, and the rest with host and program. */
const SYSLOG =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+)( \S+ [\w./@-]+(?:\[\d+\])?: .*)$/;
const STAMP_LENGTH = "Jan  5 00:00:00".length;

/** Writes a log in which lines of sshd and its neighbors alternate with samples of all services that use syslog. */
export function writeMixedLog(
  path: string,
  { lines, samples }: { readonly lines: number; readonly samples: readonly string[] },
): void {
  const own = `${path}.sshd`;
  writeLog(own, { lines: lines / 2, attacks: 0.5, header: "rfc3164", seed: 1 });
  const others = samples.flatMap((sample) => SYSLOG.exec(sample)?.[1] ?? []);
  const mixed = readFileSync(own, "utf8")
    .trimEnd()
    .split("\n")
    .flatMap((line, n) => [line, line.slice(0, STAMP_LENGTH) + others[n % others.length]]);
  rmSync(own);
  writePieces(path, mixed.length, (n) => mixed[n] ?? "");
}

const FIRST = Date.UTC(2026, 0, 5);
const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
] as const;
const PAGES = [
  "/",
  "/about/",
  "/feed.xml",
  "/static/site.css",
  "/images/7.jpg",
  "/api?p=2",
] as const;
const PROBES = ["/.env", "/phpmyadmin/index.php", "/cgi-bin/test.cgi", "/wp-login.php"] as const;
const ATTACKS = 0.05;

/** Writes an access log in the format combined, of whose requests one in twenty is a probe. */
export function writeAccessLog(path: string, lines: number): void {
  const random = createRandom(3);
  writePieces(path, lines, (n) => accessLine(random, FIRST + n * 500));
}

function accessLine(random: Random, at: number): string {
  const [, day, month, year, clock] = new Date(at).toUTCString().split(" ");
  const ip = `203.0.${random.below(256)}.${1 + random.below(254)}`;
  const from = `${ip} - - [${day}/${month}/${year}:${clock} +0000]`;
  if (random.next() < ATTACKS)
    return `${from} "GET ${random.pick(PROBES)} HTTP/1.1" ${random.pick([404, 403, 401])} 153 "-" "curl/8.5.0"`;
  const size = 200 + random.below(90_000);
  return `${from} "GET ${random.pick(PAGES)} HTTP/1.1" ${random.pick([200, 200, 304])} ${size} "https://example.org/" "${random.pick(AGENTS)}"`;
}

const LINES_AT_ONCE = 10_000;

function writePieces(path: string, lines: number, lineAt: (n: number) => string): void {
  const file = openSync(path, "w");
  try {
    for (let from = 0; from < lines; from += LINES_AT_ONCE) {
      const length = Math.min(LINES_AT_ONCE, lines - from);
      writeSync(file, Array.from({ length }, (_, n) => `${lineAt(from + n)}\n`).join(""));
    }
  } finally {
    closeSync(file);
  }
}
