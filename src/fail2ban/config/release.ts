/**
 * Chooses the fail2ban release that bailiff reports to fail2ban's clients. That is the installed package's, which its
 * client and other programs expect, otherwise the newest. The behavior of filters and commands is always that of the
 * newest.
 */
import { globSync } from "node:fs";
import { readText } from "../../host/read-or-empty.ts";

const NEWEST = "1.1.1";

const PLACES = [
  "/usr/lib/python3*/dist-packages/fail2ban/version.py",
  "/usr/lib/python3*/site-packages/fail2ban/version.py",
  "/usr/local/lib/python3*/*-packages/fail2ban/version.py",
];

export function fail2banVersion(): string {
  return readVersion(PLACES) ?? NEWEST;
}

/** Returns the version in the first file that has one; undefined: none has. */
export function readVersion(places: readonly string[]): string | undefined {
  for (const file of places.flatMap((place) => globSync(place).sort())) {
    const version = /^version\s*=\s*["']([\w.+-]{1,32})["']/m.exec(readText(file))?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}
