/** Runs the original fail2ban-regex and ours with the same arguments. */
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

/**
 * What differs from run to run is made the same: the time it took, the order of Python's sets and groups, the time of a
 * line without a date, which is the present one (to a thousandth only with us), and that a time with a zone is a whole
 * number there.
 * And what newer releases do otherwise than the installed one, as we do: ISO 8601's basic form may have a dash, and colons
 * in its time; groups that took no part are not listed beside those of prefregex; a file is called a filter's.
 */
export function normalized(output: string): string {
  return output
    .replace(/(?<=[{ ])'\w+': None(?:, |(?=\}))/g, "")
    .replace(/(?<=,\t\{)'.*(?=\}\],$)/gm, (groups) =>
      sort(groups.replace(/, $/, ""), /, (?='\w+': )/),
    )
    .replace(/processed in [\d.]+ sec/g, "processed")
    .replace(/(?<='users': \{)[^}]*(?=\})/g, (users) => sort(users, /, (?=['"])/))
    .replace(
      /^(Use) {3}failregex (filter file|file) : /gm,
      (_, use: string) => `${use}      filter file : `,
    )
    .replace(/(?<=,\t)\d+(?:\.\d+)?(?=,\t)/g, (seconds) => (isNow(seconds) ? "now" : seconds))
    .replace(/(?<=,\t\d+)\.0(?=,\t)/g, "")
    .replace(
      "ExYearExMonthExDay(?:-|T|  ?)Ex24hour:?ExMinute:?ExSecond",
      "ExYearExMonthExDay(?:T|  ?)Ex24hourExMinuteExSecond",
    );
}

/** No sample line has such a late date. */
function isNow(seconds: string): boolean {
  return Number(seconds) > Date.now() / 1000 - 600;
}

function sort(texts: string, separator: RegExp): string {
  return texts.split(separator).toSorted().join(", ");
}
