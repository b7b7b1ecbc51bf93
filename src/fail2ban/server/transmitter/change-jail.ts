/** Answers `set JAIL …`: manual bans and attempts, and options until the next reload. Returns the new value. */
import { badValue, CommandError, missingArgument, wholeNumber } from "../command-error.ts";
import type { CommandPort, JailChange } from "../command-port.ts";
import type { PickleValue } from "../pickle-value.ts";
import { pythonRepr, pythonText } from "../python-text.ts";
import { requireView } from "./describe-jails.ts";
import { findAction } from "./read-jail.ts";
import { textAt } from "./text-at.ts";

/** Commands whose name differs from the option they change. */
const LISTS: ReadonlyMap<string, Pick<JailChange, "option" | "how">> = new Map([
  ["addignoreip", { option: "ignoreip", how: "add" }],
  ["delignoreip", { option: "ignoreip", how: "remove" }],
  ["addlogpath", { option: "logpath", how: "add" }],
  ["dellogpath", { option: "logpath", how: "remove" }],
  ["addjournalmatch", { option: "journalmatch", how: "add" }],
  ["deljournalmatch", { option: "journalmatch", how: "remove" }],
  ["addfailregex", { option: "failregex", how: "add" }],
  ["delfailregex", { option: "failregex", how: "remove" }],
  ["addignoreregex", { option: "ignoreregex", how: "add" }],
  ["delignoreregex", { option: "ignoreregex", how: "remove" }],
]);
const NUMBERS: ReadonlySet<string> = new Set(["maxretry", "maxmatches", "maxlines"]);
const TEXTS: ReadonlySet<string> = new Set([
  "ignoreself",
  "ignorecommand",
  "ignorecache",
  "logencoding",
  "prefregex",
  "usedns",
  "findtime",
  "bantime",
  "datepattern",
  "logtimezone",
]);

/** Methods of fail2ban's actions, which clients cannot call. */
const METHODS: ReadonlySet<string> = new Set([
  ...["ban", "unban", "reban", "prolong", "start", "stop", "flush", "reload"],
  ...["consistencyCheck", "executeCmd", "clearAllParams", "invalidateBanEpoch"],
]);

export async function changeJail(
  port: CommandPort,
  jail: string,
  args: readonly PickleValue[],
): Promise<PickleValue> {
  const command = textAt(args, 0);
  requireView(port, jail);
  const values = args.slice(1).map(pythonText);
  switch (command) {
    case "idle":
      return setIdle(port, jail, textAt(args, 1));
    case "attempt":
      return Number(await port.attempt(jail, textAt(args, 1), values.slice(1)));
    case "banip":
      return port.ban(jail, values);
    case "unbanip":
      return unban(port, jail, values);
    case "addaction":
      return addAction(port, jail, args);
    case "delaction":
      return deleteAction(port, jail, args);
    case "action":
      return changeAction(port, jail, args);
  }
  const change = changeOf(command, args);
  await port.change(jail, change);
  return requireView(port, jail).option(change.option) ?? null;
}

function changeOf(command: string, args: readonly PickleValue[]): JailChange {
  const list = LISTS.get(command);
  if (list !== undefined) return { ...list, values: listValues(command, args) };
  if (NUMBERS.has(command)) {
    const value = args[1];
    if (value === undefined) throw missingArgument();
    return { option: command, how: "set", values: [String(wholeNumber(value))] };
  }
  if (TEXTS.has(command) || command.startsWith("bantime."))
    return { option: command, how: "set", values: [textAt(args, 1)] };
  throw new CommandError(
    `Invalid command ${pythonRepr(command)} (no set action or not yet implemented)`,
  );
}

/**
 * Returns the values of a list command. Some commands accept any number of values, some one; a file may be followed by
 * its start position.
 */
function listValues(command: string, args: readonly PickleValue[]): readonly string[] {
  if (command === "addignoreip" || command.endsWith("journalmatch"))
    return args.slice(1).map(pythonText);
  const value = textAt(args, 1);
  if (/^del.*regex$/.test(command)) return [String(wholeNumber(value))];
  if (command !== "addlogpath") return [value];
  if (args.length > 3) throw badValue("Only one file can be added at a time");
  const from = args.length === 3 ? textAt(args, 2).toLowerCase() : "head";
  if (from !== "head" && from !== "tail") throw badValue("File option must be 'head' or 'tail'");
  return [value, from];
}

async function setIdle(port: CommandPort, jail: string, value: string): Promise<boolean> {
  if (value !== "on" && value !== "off")
    throw new CommandError("Invalid idle option, must be 'on' or 'off'");
  await port.change(jail, { option: "idle", how: "set", values: [value] });
  return requireView(port, jail).idle;
}

async function unban(
  port: CommandPort,
  jail: string,
  values: readonly string[],
): Promise<PickleValue> {
  const [first] = values;
  if (first === undefined) throw missingArgument();
  const reports = first === "--report-absent";
  const ids = reports ? values.slice(1) : values;
  const before = port.bans(jail).map(({ id }) => id);
  const lifted = await port.unban(jail, ids);
  const absent = reports ? ids.filter((id) => ![...before, ...lifted].includes(id)) : [];
  if (absent.length > 0) throw badValue(`not banned: ${pythonRepr(absent)}`);
  return lifted.length;
}

/** Adds a new action; for a Python action, with its file and its options as JSON. */
async function addAction(
  port: CommandPort,
  jail: string,
  args: readonly PickleValue[],
): Promise<PickleValue> {
  const name = textAt(args, 1);
  if (requireView(port, jail).actions.some((action) => action.name === name))
    throw badValue(`Action ${name} already exists`);
  const python = args.length > 2 ? [textAt(args, 2), textAt(args, 3)] : [];
  await port.change(jail, { option: "action", how: "add", values: [name, ...python] });
  return name;
}

async function deleteAction(
  port: CommandPort,
  jail: string,
  args: readonly PickleValue[],
): Promise<PickleValue> {
  const { name } = findAction(requireView(port, jail).actions, textAt(args, 1));
  await port.change(jail, { option: "action", how: "remove", values: [name] });
  return null;
}

async function changeAction(
  port: CommandPort,
  jail: string,
  args: readonly PickleValue[],
): Promise<PickleValue> {
  const { name } = findAction(requireView(port, jail).actions, textAt(args, 1));
  const key = textAt(args, 2);
  if (METHODS.has(key)) throw new CommandError(`${key} of action ${name} cannot be called here`);
  const value = textAt(args, 3);
  await port.change(jail, { option: "action", how: "set", values: [name, key, value] });
  return value;
}
