/** fail2ban-regex, theirs and ours, with the same words. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");

export interface ToolRun {
  readonly code: number | null;
  readonly output: string;
}

export function runTheirs(words: readonly string[]): ToolRun {
  return run("/usr/bin/fail2ban-regex", words);
}

export function runOurs(words: readonly string[]): ToolRun {
  return run("/bin/sh", [join(ROOT, "bailiff"), "fail2ban-regex", ...words]);
}

function run(program: string, words: readonly string[]): ToolRun {
  const env = { ...process.env, TZ: "Europe/Paris", LC_ALL: "C.UTF-8" };
  const { status, stdout } = spawnSync(program, words, {
    encoding: "utf8",
    env,
    maxBuffer: 1 << 30,
    timeout: 300_000,
  });
  return { code: status, output: stdout };
}

/** The time it took and the order of Python's sets differ from run to run; a time with a zone is a whole number there. */
export function normalized(output: string): string {
  return output
    .replace(/processed in [\d.]+ sec/g, "processed")
    .replace(/'users': \{([^}]*)\}/g, (_, users: string) => `'users': {${sorted(users)}}`)
    .replace(/(?<=,\t\d+)\.0(?=,\t)/g, "");
}

function sorted(users: string): string {
  return users
    .split(/, (?=['"])/)
    .sort()
    .join(", ");
}
