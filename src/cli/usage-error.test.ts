import assert from "node:assert/strict";
import test from "node:test";
import { CodedError } from "../domain/errors.ts";
import { createProgram } from "./commands.ts";

/** The error of an invalid command line; no command may run. */
async function refuse(...argv: readonly string[]): Promise<readonly [string, string | undefined]> {
  const program = createProgram(() => assert.fail("a command ran"));
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error));
    assert.equal(error.code, "usage");
    return [error.message, error.hint];
  }
  return assert.fail("nothing was wrong");
}

const MISTAKES: readonly (readonly [string, string, string])[] = [
  ["why", "why: missing <address>", "usage: bailiff why [options] <address>"],
  [
    "set sshd banip",
    "set: missing <address>",
    "usage: bailiff set [options] <jail> <action> <address...>",
  ],
  [
    "scan x",
    "scan: missing --filter <name>",
    "usage: bailiff scan --filter <name> [options] <log>",
  ],
  ["bogus", 'unknown command "bogus"', "bailiff help lists the commands"],
  ["help bogus", 'unknown command "bogus"', "bailiff help lists the commands"],
  ["help staus", 'unknown command "staus"', 'did you mean "status"?'],
  [
    "filter",
    "filter: missing <action>: new, test or explain",
    "usage: bailiff filter new <name> [log...]\n       bailiff filter test [filter...]\n       bailiff filter explain <filter> <line>",
  ],
  ["notify", 'notify: missing "test"', "usage: bailiff notify [options] <test> <channel>"],
  ["notify test", "notify: missing <channel>", "usage: bailiff notify [options] <test> <channel>"],
  ["staus", 'unknown command "staus"', 'did you mean "status"?'],
  ["why --foo x", 'why: unknown option "--foo"', "bailiff help why lists the options"],
  ["bans --jsno", 'bans: unknown option "--jsno"', 'did you mean "--json"?'],
  ["--confg x bans", 'unknown option "--confg"', 'did you mean "--config"?'],
  ["bans x", 'bans: unexpected argument "x"', "usage: bailiff bans [options]"],
  [
    "bans --jail",
    "bans: --jail needs a value: --jail <jail>, only bans of this jail",
    "usage: bailiff bans [options]",
  ],
  ["history --limit 0", 'history: invalid --limit "0"', "expected a whole number from 1 to 100000"],
  [
    "scan --filter sshd --mode agg x",
    'scan: invalid --mode "agg"',
    "expected one of normal, aggressive, abuse",
  ],
  ["get sshd maxretry", 'get: unknown property "maxretry"', "available: banip, banned, ignoreip"],
  ["filter draft", 'filter: unknown action "draft"', "available: new, test, explain"],
  ["breaker rest", 'breaker: invalid argument "rest"', 'expected "reset"'],
];

test("a usage error has our own message, with what to write instead", async (t) => {
  for (const [line, message, hint] of MISTAKES)
    await t.test(line, async () => {
      assert.deepEqual(await refuse(...line.split(" ")), [message, hint]);
    });
});

/** Longer lists of choices do not fit beside an option's name. */
const MAX_CHOICES_LENGTH = 58;

test("help fits a terminal of 80 columns, with one line for each command and option, unless choices need more", () => {
  const program = createProgram(() => undefined);
  for (const command of [program, ...program.commands]) {
    const help = command.helpInformation().split("\n");
    assert.deepEqual(
      help.filter((line) => line.length > 80),
      [],
      command.name(),
    );
    assert.ok(command === program || command.summary() !== "", command.name());
    const listed = help.slice(help.indexOf("Options:"));
    const rows = listed.filter((line) => /^ {2}/.test(line));
    const choosing = command.options.filter(
      ({ argChoices }) => (argChoices ?? []).join(" or ").length > MAX_CHOICES_LENGTH,
    );
    let isChoice = false;
    const wrapped = rows.filter((line) => {
      const begins = /^ {2}\S/.test(line);
      if (begins) isChoice = choosing.some(({ flags }) => line.startsWith(`  ${flags} `));
      return !begins && !isChoice;
    });
    assert.deepEqual(wrapped, [], command.name());
  }
});
