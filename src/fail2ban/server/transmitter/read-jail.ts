/** Answers `get JAIL …`. */
import { CommandError } from "../command-error.ts";
import type { ActionView, BanView, CommandPort } from "../command-port.ts";
import { formatLocal } from "../log-line.ts";
import type { PickleValue } from "../pickle-value.ts";
import { pythonText } from "../python-text.ts";
import { requireView } from "./describe-jails.ts";
import { textAt } from "./text-at.ts";

export function readJail(
  port: CommandPort,
  jail: string,
  args: readonly PickleValue[],
): PickleValue {
  const option = textAt(args, 0);
  const view = requireView(port, jail);
  switch (option) {
    case "banned":
      return isBanned(port.bans(jail), args.slice(1).map(pythonText));
    case "banip":
      return listBans(port.bans(jail), args[1] === "--with-time");
    case "actions":
      return view.actions.map(({ name }) => name);
    case "action":
      return readProperty(findAction(view.actions, textAt(args, 1)), textAt(args, 2));
    case "actionproperties":
      return [...findAction(view.actions, textAt(args, 1)).properties.keys()].sort();
    // Clients cannot call methods of an action.
    case "actionmethods":
      return findAction(view.actions, textAt(args, 1)) && [];
  }
  const value = view.option(option);
  if (value !== undefined) return value;
  // These options exist without a value; None is Python's null.
  if (option === "ignorecache" || option.startsWith("bantime.")) return null;
  throw new CommandError("Invalid command (no get action or not yet implemented)");
}

/** Returns all bans without ids; 1 or 0 for one id; a list of these for several. */
function isBanned(bans: readonly BanView[], ids: readonly string[]): PickleValue {
  const banned = bans.map(({ id }) => id);
  if (ids.length === 0) return banned;
  const answers = ids.map((id) => (banned.includes(id) ? 1 : 0));
  return answers.length === 1 ? (answers[0] ?? 0) : answers;
}

const NEVER = "9999-12-31 23:59:59";

/** Returns bans sorted by end. */
function listBans(bans: readonly BanView[], withTime: boolean): PickleValue {
  const endOf = ({ from, length }: BanView): number => (length < 0 ? Infinity : from + length);
  const sorted = [...bans].sort((a, b) => (endOf(a) === endOf(b) ? 0 : endOf(a) - endOf(b)));
  if (!withTime) return sorted.map(({ id }) => id);
  return sorted.map((ban) => {
    const end = ban.length < 0 ? NEVER : formatLocal(endOf(ban) * 1000);
    return `${ban.id} \t${formatLocal(ban.from * 1000)} + ${ban.length} = ${end}`;
  });
}

export function findAction(actions: readonly ActionView[], name: string): ActionView {
  const action = actions.find((one) => one.name === name);
  if (action !== undefined) return action;
  throw new CommandError(`Invalid Action name: ${name}`, "KeyError");
}

function readProperty({ properties }: ActionView, name: string): PickleValue {
  const value = properties.get(name);
  if (value !== undefined) return value;
  throw new CommandError(`'CommandAction' object has no attribute '${name}'`, "AttributeError");
}
