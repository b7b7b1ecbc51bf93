/**
 * Imports current and past bans of fail2ban. A running daemon imports them, so that its firewall follows immediately.
 * Without one, the database is written, and the next start enforces the bans.
 */
import { loadAll, type Loaded } from "../../jails/load-all.ts";
import { takeOverOffline } from "../../control/answers/order-take-over.ts";
import type { ControlClient } from "../../control/client.ts";
import type { TakenBan, TakeOverReply, TakeOverResult } from "../../control/take-over-messages.ts";
import { CodedError } from "../../domain/errors.ts";
import { formatProblem } from "../../domain/problem.ts";
import {
  type Fail2banBan,
  type Fail2banDatabase,
  readDatabase,
} from "../../fail2ban/config/read-database.ts";
import { readFail2banSettings } from "../../fail2ban/config/read-directory.ts";
import { findSshPeer } from "../../host/logins/ssh-peer.ts";
import { systemClock } from "../../host/system-clock.ts";
import { connectDaemon } from "../ask.ts";
import { type CommandContext, configFiles } from "../context.ts";
import { safe } from "../terminal.ts";

const FROM = "fail2ban";
/** Maximum size of a request in characters; the daemon accepts 1 MiB. */
const REQUEST_BYTES = 400_000;
const MAX_SHOWN = 20;

export interface BansOptions {
  /** Path of the database; default: the one that fail2ban.conf names. */
  readonly database: string | undefined;
}

/** Imports the bans; returns a report for people. */
export async function importBans(
  context: CommandContext,
  directory: string,
  { database }: BansOptions,
): Promise<string> {
  const path = database ?? namedDatabase(directory);
  const read = await readDatabase(path);
  if (!read.ok) {
    throw new CodedError("no-input", `cannot read bans from ${path}: ${read.error}`, {
      hint: "name fail2ban's database: --database FILE",
    });
  }
  const bans = takenBans(read.value, systemClock.now());
  const daemon = await reachDaemon(context);
  const { results } =
    daemon === undefined
      ? await takeOverAlone(context, directory, bans)
      : await askDaemon(daemon, bans);
  return describe(path, results, daemon === undefined ? "offline" : "running");
}

function namedDatabase(directory: string): string {
  const path = readFail2banSettings(directory).get("dbfile")?.trim() ?? "";
  if (path.startsWith("/")) return path;
  const named = path === "" ? "names none" : `says dbfile = ${path}`;
  throw new CodedError("no-input", `fail2ban keeps no database: fail2ban.conf ${named}`, {
    hint: "if there is one: --database FILE",
  });
}

function takenBans({ last, all }: Fail2banDatabase, now: number): readonly TakenBan[] {
  const byOwner = Map.groupBy(all, ownerOf);
  return last.map((ban) => {
    const at = ban.at * 1000;
    const until = endOf(ban);
    const over = until !== null && until <= now;
    const past = (byOwner.get(ownerOf(ban)) ?? [])
      .filter((one) => one.at < ban.at || over)
      .map((one) => ({ at: one.at * 1000, until: pastEnd(one, ban) }));
    const earlier = Math.max(over ? ban.count : ban.count - 1, past.length);
    const { id: subject, jail, failures, lines } = ban;
    return { subject, jail, at, until, failures, earlier, past: past.slice(-1000), lines };
  });
}

function ownerOf({ jail, id }: Fail2banBan): string {
  return `${jail} ${id}`;
}

function endOf({ at, length }: Fail2banBan): number | null {
  return length === undefined ? null : Math.round((at + length) * 1000);
}

/** Returns the end of a past ban: at the latest when the next ban began, whatever its stored length. */
function pastEnd(past: Fail2banBan, last: Fail2banBan): number {
  const end = endOf(past) ?? last.at * 1000;
  return past.at < last.at ? Math.min(end, last.at * 1000) : end;
}

async function reachDaemon(context: CommandContext): Promise<ControlClient | undefined> {
  try {
    return await connectDaemon(context);
  } catch (error) {
    if (error instanceof CodedError && error.code === "not-running") return undefined;
    throw error;
  }
}

async function askDaemon(daemon: ControlClient, bans: readonly TakenBan[]): Promise<TakeOverReply> {
  await using client = daemon;
  const results: TakeOverResult[] = [];
  const peer = findSshPeer()?.ip;
  for (const part of inParts(bans)) {
    const request = { from: FROM, bans: part, peer };
    results.push(...(await client.request("take_over", request)).results);
  }
  return { results };
}

function* inParts(bans: readonly TakenBan[]): Iterable<readonly TakenBan[]> {
  // Splits the bans into requests, because the daemon reads no line while it processes one (about 100 ms).
  let part: TakenBan[] = [];
  let size = 0;
  for (const ban of bans) {
    const bytes = Buffer.byteLength(JSON.stringify(ban));
    if (part.length > 0 && (size + bytes > REQUEST_BYTES || part.length >= 250)) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(ban);
    size += bytes;
  }
  if (part.length > 0) yield part;
}

async function takeOverAlone(
  context: CommandContext,
  directory: string,
  bans: readonly TakenBan[],
): Promise<TakeOverReply> {
  const loaded = await loadJails(context, directory);
  const who = `import (uid ${process.getuid?.() ?? 0})`;
  const peer = findSshPeer()?.ip;
  return takeOverOffline(loaded, { from: FROM, bans, who, peer, clock: systemClock });
}

/** Loads the jails of the native configuration if it has jails or names a directory; else those of `directory`. */
async function loadJails(context: CommandContext, directory: string): Promise<Loaded> {
  const which = configFiles(context);
  const own = await loadAll(which);
  const loaded =
    own.ok && own.value.config.autojails && own.value.fail2ban === undefined
      ? await loadAll({ ...which, fail2ban: directory })
      : own;
  if (loaded.ok) return loaded.value;
  const problems = loaded.error.map(formatProblem).join("\n  ");
  throw new CodedError("bad-config", `the configuration is wrong:\n  ${problems}`);
}

const COUNTED: readonly (readonly [TakeOverResult["outcome"], string])[] = [
  ["banned", "taken over, with the time they have left"],
  ["ended", "ended in the meantime: they count as earlier bans"],
  ["already", "here already, or lifted here since they were taken over"],
];

function describe(
  path: string,
  results: readonly TakeOverResult[],
  daemon: "running" | "offline",
): string {
  const count = (outcome: TakeOverResult["outcome"]): number =>
    results.filter((one) => one.outcome === outcome).length;
  const counts = COUNTED.map(([outcome, words]) => [count(outcome), words] as const);
  const left = results.filter(({ outcome }) => !COUNTED.some(([one]) => one === outcome));
  return [
    `Bans in ${path}: ${results.length}`,
    ...counts.map(([number, words]) => `  ${String(number).padStart(6)} ${words}`),
    `  ${String(left.length).padStart(6)} left${left.length === 0 ? "" : ":"}`,
    ...left
      .slice(0, MAX_SHOWN)
      .map(({ subject, jail, detail }) => safe(`         ${subject} in ${jail}: ${detail}`)),
    ...(left.length > MAX_SHOWN ? [`         and ${left.length - MAX_SHOWN} more`] : []),
    daemon === "running"
      ? "The running daemon has them: bailiff bans"
      : "No daemon runs; they are in its database, and the next start enforces them.",
  ].join("\n");
}
