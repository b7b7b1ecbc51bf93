/**
 * Dispatches fail2ban's commands to a CommandPort, and encodes the answers. Answers are (0, value) or (1, exception),
 * as in its protocol. This file parses commands; the port implements them.
 */
import { sleep } from "../../host/timers.ts";
import { CommandError, duplicateJail, missingArgument, unknownJail } from "./command-error.ts";
import type { CommandPort } from "./command-port.ts";
import { itemsOf, type PickleTuple, type PickleValue, tuple } from "./pickle-value.ts";
import { pythonText } from "./python-text.ts";
import { changeJail } from "./transmitter/change-jail.ts";
import { describeAll, describeJail, describeStatistics } from "./transmitter/describe-jails.ts";
import { readJail } from "./transmitter/read-jail.ts";
import { textAt } from "./transmitter/text-at.ts";

/** The caller's user, and the command line of its process if known. */
export interface Caller {
  readonly who: string;
  readonly argv: readonly string[];
}

interface Command {
  readonly port: CommandPort;
  /** Arguments without the name of the command. */
  readonly args: readonly PickleValue[];
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

export interface Proceeding {
  readonly port: CommandPort;
  readonly caller: Caller;
  /** Aborting ends a waiting command. */
  readonly signal: AbortSignal;
}

/** Executes a command and returns its answer. Rejects only after a bug, never because of a command. */
export async function proceed(
  command: PickleValue,
  { port, caller, signal }: Proceeding,
): Promise<PickleTuple> {
  try {
    const words = itemsOf(command);
    if (words === undefined) throw new CommandError("Invalid command", "TypeError");
    const [name, ...args] = words;
    if (name === undefined) throw missingArgument();
    const answer = typeof name === "string" ? ANSWERS.get(name) : undefined;
    if (answer === undefined) throw new CommandError("Invalid command");
    return tuple(0, await answer({ port, args, caller, signal }));
  } catch (error) {
    if (error instanceof CommandError) return tuple(1, error.exception);
    throw error;
  }
}

type Answer = (command: Command) => PickleValue | Promise<PickleValue>;

const ANSWERS: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ["ping", () => "pong"],
  ["version", ({ port }) => port.version],
  // bailiff's own command: the answer shows clients that the server is bailiff.
  ["bailiff-version", ({ port }) => port.version],
  ["echo", ({ args }) => args],
  ["server-status", () => "Server ready"],
  ["status", answerStatus],
  ["stats", ({ port }) => describeStatistics(port)],
  ["statistic", ({ port }) => describeStatistics(port)],
  ["statistics", ({ port }) => describeStatistics(port)],
  ["banned", ({ port, args }) => answerBanned(port, args.map(pythonText))],
  ["unban", answerUnban],
  ["get", ({ port, args }) => answerGet(port, args)],
  ["set", ({ port, args }) => answerSet(port, args)],
  ["multi-set", ({ port, args }) => answerMultiSet(port, args)],
  ["add", answerAdd],
  ["start", answerStart],
  ["stop", answerStop],
  ["reload", answerReload],
  // Ignored: the daemon reads the configuration itself, not from the client.
  ["server-stream", () => null],
  ["config-error", () => null],
  ["flushlogs", ({ port }) => port.flushLogs()],
  ["sleep", answerSleep],
]);

function answerStatus({ port, args }: Command): PickleValue {
  if (args.length === 0) return describeAll(port);
  if (args.length > 2) throw new CommandError("Invalid command (no status)");
  const flavor = args.length === 2 ? textAt(args, 1) : "basic";
  const name = textAt(args, 0);
  if (name !== "--all") return describeJail(port, name, flavor);
  const each = port.jails().map((jail) => [jail, describeJail(port, jail, flavor)] as const);
  return [...describeAll(port), new Map<PickleValue, PickleValue>(each)];
}

/** Answers `banned`: without ids, all bans of each jail; else the jails in which each id is banned. */
function answerBanned(port: CommandPort, ids: readonly string[]): PickleValue {
  const all = port.jails().map((jail) => ({ jail, ids: port.bans(jail).map(({ id }) => id) }));
  if (ids.length === 0) return all.map((one) => new Map([[one.jail, one.ids]]));
  return ids.map((id) => all.filter((one) => one.ids.includes(id)).map(({ jail }) => jail));
}

async function answerUnban({ port, args }: Command): Promise<PickleValue> {
  const ids = args.map(pythonText);
  if (ids.length === 0) throw new CommandError("Invalid command");
  const everything = ids.length === 1 && ids[0] === "--all";
  return (await port.unban(undefined, everything ? "all" : ids)).length;
}

const SETTINGS: ReadonlySet<string> = new Set([
  "loglevel",
  "logtarget",
  "syslogsocket",
  "allowipv6",
  "thread",
  "dbfile",
  "dbmaxmatches",
  "dbpurgeage",
]);

function answerGet(port: CommandPort, args: readonly PickleValue[]): PickleValue {
  const name = textAt(args, 0);
  if (SETTINGS.has(name) && name !== "allowipv6") return port.settings().get(name) ?? null;
  return readJail(port, name, args.slice(1));
}

async function answerSet(port: CommandPort, args: readonly PickleValue[]): Promise<PickleValue> {
  const name = textAt(args, 0);
  if (!SETTINGS.has(name)) return changeJail(port, name, args.slice(1));
  const value = args[1];
  if (value === undefined) throw missingArgument();
  await port.changeSetting(name, value);
  return port.settings().get(name) ?? null;
}

const EXPRESSIONS: ReadonlySet<string> = new Set(["addfailregex", "addignoreregex"]);

/** Answers `multi-set`: sets several expressions; any other option is set and answered as by `set`. */
async function answerMultiSet(
  port: CommandPort,
  args: readonly PickleValue[],
): Promise<PickleValue> {
  const [, option = null, values = null] = args;
  if (typeof option !== "string" || !EXPRESSIONS.has(option)) return answerSet(port, args);
  for (const value of itemsOf(values) ?? [values])
    await changeJail(port, textAt(args, 0), [option, value]);
  return true;
}

async function answerAdd({ port, args }: Command): Promise<PickleValue> {
  const name = textAt(args, 0);
  if (name === "--all") throw new CommandError("Reserved name '--all'");
  if (port.view(name) !== undefined) throw duplicateJail(name);
  await port.addJail(name, args.length > 1 ? textAt(args, 1) : "auto");
  return name;
}

async function answerStart({ port, args }: Command): Promise<PickleValue> {
  await port.startJail(textAt(args, 0));
  return null;
}

async function answerStop({ port, args, caller }: Command): Promise<PickleValue> {
  const name = args.length === 0 ? undefined : textAt(args, 0);
  if (name === undefined) {
    // Refuses a restart: fail2ban's client would stop bailiff and start fail2ban.
    if (caller.argv.includes("restart") && caller.argv.some((arg) => /fail2ban-client/.test(arg)))
      throw new CommandError(
        "restart would start fail2ban in place of bailiff; use reload, or systemctl restart bailiff",
      );
    await port.stop();
  } else {
    const names = name === "--all" ? port.jails() : [name];
    for (const one of names) {
      if (port.view(one) === undefined) throw unknownJail(one);
      await port.stopJail(one);
    }
  }
  return null;
}

/** Answers `reload`. Arguments: [jail or "--all", options, the client's stream]. Always reloads everything. */
async function answerReload({ port, args }: Command): Promise<PickleValue> {
  const [which = "--all", switches] = args;
  const asked = itemsOf(switches) ?? [];
  const jail = pythonText(which);
  const known = jail === "--all" || port.view(jail) !== undefined;
  if (asked.includes("--unban") && known)
    await port.unban(jail === "--all" ? undefined : jail, "all");
  await port.reload();
  const there = known || port.view(jail) !== undefined;
  if (!there && !asked.includes("--if-exists")) throw unknownJail(jail);
  return "OK";
}

const MAX_SLEEP_SECONDS = 60;

async function answerSleep({ args, signal }: Command): Promise<PickleValue> {
  const text = textAt(args, 0);
  const seconds = Number(text);
  if (!(seconds >= 0)) throw new CommandError(`could not convert to a number of seconds: ${text}`);
  await sleep(Math.min(seconds, MAX_SLEEP_SECONDS) * 1000, signal, "loose");
  return null;
}
