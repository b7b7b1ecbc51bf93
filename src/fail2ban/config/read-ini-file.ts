/**
 * Reads one of fail2ban's files from disk. A file that is not regular, unreadable or too large is a problem. Bytes that
 * are not UTF-8 are reported, and the rest is used.
 */
import { reasonOf, systemReason } from "../../host/explain-system-error.ts";
import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import type { Problem } from "../../domain/problem.ts";
import { type IniFile, parseIni } from "./parse-ini.ts";

/** Maximum size. fail2ban's largest file has 30 KB; a list of 100,000 addresses fits. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const EXPECTED = "a text file of at most 4 MB that can be read";

export function readIniFile(path: string): IniFile | Problem {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return { path, got: kindOf(stats), expected: EXPECTED };
    if (stats.size > MAX_FILE_BYTES)
      return { path, got: `${stats.size} bytes`, expected: EXPECTED };
    const bytes = readFileSync(path);
    const text = bytes.toString("utf8");
    const file = parseIni(path, text);
    if (isUtf8(bytes)) return file;
    return { ...file, problems: [notUtf8(path, text), ...file.problems] };
  } catch (error) {
    return { path, got: withoutPath(error), expected: EXPECTED };
  }
}

/** Reports whether the file exists; false for a broken link, as in fail2ban. */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // The directory denies access; reading the file reports that.
    return true;
  }
}

/** Returns the names in a folder; none if it does not exist. */
export function listFolder(path: string): readonly string[] | Problem {
  if (!isThere(path)) return [];
  try {
    return readdirSync(path);
  } catch (error) {
    return { path, got: withoutPath(error), expected: "a folder that can be read" };
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

function notUtf8(path: string, text: string): Problem {
  const line = text.slice(0, text.indexOf("\uFFFD")).split("\n").length;
  const hint = "fail2ban refuses the whole file; here what can be read counts";
  return { path, line, got: "bytes that are no UTF-8", expected: "a file in UTF-8", hint };
}

function withoutPath(error: unknown): string {
  return systemReason(error) ?? reasonOf(error);
}
