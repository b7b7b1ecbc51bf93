/**
 * Reads current and past bans from fail2ban's database. Reads a copy, so that neither program waits for the other, and
 * repeats a copy that is inconsistent because of a concurrent write. Rows contain hostile text and are validated.
 */
import { reasonOf } from "../../host/explain-system-error.ts";
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fail, ok, type Result } from "../../domain/result.ts";
import { sleep } from "../../host/timers.ts";
import { isRecord, parseJson } from "../../domain/json.ts";

export interface Fail2banBan {
  readonly jail: string;
  /** Usually an address; fail2ban can ban any text. */
  readonly id: string;
  /** Start in seconds since 1970. */
  readonly at: number;
  /** Length in seconds; undefined: permanent. */
  readonly length: number | undefined;
  /** Number of bans of the address, including this one. */
  readonly count: number;
  readonly failures: number;
  readonly lines: readonly string[];
}

export interface Fail2banDatabase {
  /** The last ban of each address in each jail, current or expired. */
  readonly last: readonly Fail2banBan[];
  /** Every stored ban, oldest first. */
  readonly all: readonly Fail2banBan[];
}

const MAX_TRIES = 5;
const MAX_LINES = 20;

/** Reads the file; the error describes what is wrong with it. */
export async function readDatabase(path: string): Promise<Result<Fail2banDatabase, string>> {
  if (!existsSync(path)) return fail("the file does not exist");
  if (!statSync(path).isFile()) return fail("it is not a regular file");
  const folder = mkdtempSync(join(tmpdir(), "bailiff-import-"));
  try {
    const copy = join(folder, "copy.sqlite3");
    for (let tried = 1; ; tried++) {
      if (copyWhole(path, copy)) return readCopy(copy);
      if (tried === MAX_TRIES) return fail("it changes all the time, or is damaged");
      await sleep(200, new AbortController().signal);
    }
  } catch (error) {
    return fail(reasonOf(error));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies the database; returns false if the file was written during the copy. */
function copyWhole(path: string, copy: string): boolean {
  const before = stamp(path);
  copyFileSync(path, copy);
  for (const part of ["-wal", "-journal"]) {
    rmSync(copy + part, { force: true });
    if (existsSync(path + part)) copyFileSync(path + part, copy + part);
  }
  if (stamp(path) !== before) return false;
  const database = new DatabaseSync(copy);
  try {
    return database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"] === "ok";
  } catch {
    // Not a database, or an incomplete copy. The caller retries, and reports the error after the last try.
    return false;
  } finally {
    database.close();
  }
}

function stamp(path: string): string {
  const { mtimeNs, size, ino } = statSync(path, { bigint: true });
  return `${mtimeNs} ${size} ${ino}`;
}

function readCopy(copy: string): Result<Fail2banDatabase, string> {
  const database = new DatabaseSync(copy, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const names = tables.map(({ name }) => name);
    if (!names.includes("bips") || !names.includes("bans"))
      return fail("it is not a database of fail2ban 0.11 or later: it has no tables bans and bips");
    const columns = "jail, ip, timeofban, bantime, bancount, data";
    const rows = (table: string): readonly Fail2banBan[] =>
      database.prepare(`SELECT ${columns} FROM ${table} ORDER BY timeofban`).all().flatMap(banIn);
    return ok({ last: rows("bips"), all: rows("bans") });
  } finally {
    database.close();
  }
}

function banIn(row: Readonly<Record<string, unknown>>): readonly Fail2banBan[] {
  const { jail, ip, timeofban, bantime, bancount } = row;
  if (typeof jail !== "string" || typeof ip !== "string") return [];
  const at = Number(timeofban);
  const length = Number(bantime);
  if (!Number.isFinite(at) || at <= 0 || !Number.isFinite(length)) return [];
  const count = Math.min(1000, Math.max(1, Math.round(Number(bancount)) || 1));
  const { failures, lines } = readFacts(row["data"]);
  return [{ jail, id: ip, at, length: length < 0 ? undefined : length, count, failures, lines }];
}

function readFacts(data: unknown): { failures: number; lines: readonly string[] } {
  const text = data instanceof Uint8Array ? new TextDecoder().decode(data) : String(data);
  const facts = parseObject(text);
  const matches = Array.isArray(facts["matches"]) ? facts["matches"] : [];
  const failures = Number(facts["failures"]);
  return {
    failures: Number.isInteger(failures) && failures > 0 ? failures : 0,
    lines: matches.slice(-MAX_LINES).flatMap(lineOf),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  return isRecord(value) ? value : {};
}

/** Returns a stored line, which may be a list of its parts before, in and after the date. */
function lineOf(match: unknown): readonly string[] {
  const text = Array.isArray(match) ? match.join("") : match;
  return typeof text === "string" && text !== "" ? [text.slice(0, 1024)] : [];
}
