/**
 * Runs fail2ban-regex for hosts without Python. Arguments, options, output and exit codes (0, 255; 2 for unknown
 * options) are the same. It uses the daemon's code for fail2ban filters.
 */
import { buildFilter } from "../fail2ban/dialect/build-filter.ts";
import { Fail2banMatcher } from "../fail2ban/dialect/fail2ban-matcher.ts";
import { fail2banVersion } from "../fail2ban/config/release.ts";
import { localOffset } from "../host/time-zone.ts";
import { chooseRules } from "./fail2ban-regex/choose-rules.ts";
import { printsLines } from "./fail2ban-regex/format-failure.ts";
import { formatResults } from "./fail2ban-regex/format-results.ts";
import { createOutput, type Output } from "./fail2ban-regex/output.ts";
import { type RegexOptions, readRegexOptions } from "./fail2ban-regex/options.ts";
import { printFailures } from "./fail2ban-regex/print-failures.ts";
import { openLog } from "./fail2ban-regex/read-log.ts";
import { tryLines } from "./fail2ban-regex/try-lines.ts";
import { USAGE, USAGE_LINE } from "./fail2ban-regex/usage.ts";

const OK = 0;
const WRONG = 255;
const MISUSED = 2;

/** Runs the program; `argv` without its name. Returns the exit code. */
export async function fail2banRegex(argv: readonly string[]): Promise<number> {
  const output = createOutput();
  try {
    return await run(argv, output);
  } finally {
    output.flush();
  }
}

async function run(argv: readonly string[], output: Output): Promise<number> {
  const read = readRegexOptions(argv);
  switch (read.kind) {
    case "help":
      output.print(USAGE);
      return OK;
    case "version":
      output.print(
        read.form === "short" ? fail2banVersion() : `fail2ban-regex ${fail2banVersion()}`,
      );
      return OK;
    case "mistake":
      process.stderr.write(`${USAGE_LINE}\n\nfail2ban-regex: error: ${read.text}\n`);
      return MISUSED;
    case "run":
      break;
  }
  const { options } = read;
  if (options.words.length !== 2 && options.words.length !== 3) {
    output.print(USAGE);
    process.stderr.write("\nERROR: provide both <LOG> and <REGEX>.\n");
    return WRONG;
  }
  return await tryRules(options, output);
}

async function tryRules(options: RegexOptions, output: Output): Promise<number> {
  const say = (lines: readonly string[]): void => {
    if (options.out === undefined) for (const line of lines) output.print(line);
  };
  say(["", "Running tests", "=============", ""]);
  const chosen = chooseRules(options);
  say(chosen.ok ? chosen.value.notes : chosen.error.notes);
  if (!chosen.ok) {
    output.print(`ERROR: ${chosen.error.text}`);
    return WRONG;
  }
  const { rules, journalMatch } = chosen.value;
  const log = openLog({
    log: options.words[0] ?? "",
    encoding: options.encoding ?? "UTF-8",
    maxLines: rules.maxlines,
    journalMatch: options.journalMatch ?? journalMatch,
  });
  say([...log.notes, ""]);
  const built = buildFilter({ rules, localOffset });
  if (!built.ok) {
    output.print(`ERROR: ${built.error.map(({ message }) => message.expected).join("\n")}`);
    return WRONG;
  }
  if (options.out === undefined) {
    const counted = { everyRule: options.checkAll, reportPending: true, keepLines: true };
    const filter = new Fail2banMatcher(built.value, counted);
    output.print(
      formatResults(await tryLines({ options, rules, built: built.value, filter, log })),
    );
  } else {
    const filter = new Fail2banMatcher(built.value, { keepLines: printsLines(options.out) });
    await printFailures({ options, out: options.out, filter, log, output });
  }
  return OK;
}
