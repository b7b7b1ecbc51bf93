/** Adds, removes and changes actions of a running jail, with fail2ban's keys. */
import { existsSync } from "node:fs";
import {
  ACTION_COMMANDS,
  type ActionCommand,
  type ActionSetting,
} from "../../../config/kinds/shell-action-setting.ts";
import { duration } from "../../../domain/duration.ts";
import { badValue, CommandError, FileError } from "../command-error.ts";
import type { JailChange } from "../command-port.ts";
import { isTrue } from "../../config/read-directory.ts";
import { readLength } from "./read-length.ts";
import { isRecord, parseJson } from "../../../domain/json.ts";

export function changeActions(
  actions: readonly ActionSetting[],
  { how, values }: JailChange,
): readonly ActionSetting[] {
  const [name = "", second, third] = values;
  if (how === "add") return [...actions, newAction(name, second, third)];
  if (!actions.some((action) => action.name === name))
    throw new CommandError(`action ${name} is the firewall's, which the configuration chooses`);
  if (how === "remove") return actions.filter((action) => action.name !== name);
  return actions.map((action) =>
    action.name === name ? withKey(action, second ?? "", third ?? "") : action,
  );
}

const TIMEOUT = duration(60_000);

function newAction(
  name: string,
  python: string | undefined,
  options: string | undefined,
): ActionSetting {
  if (python !== undefined && !(python.startsWith("/") && existsSync(python)))
    throw new FileError(python);
  return {
    name,
    commands: {},
    properties: readOptions(options),
    python,
    timeout: TIMEOUT,
    norestored: false,
    start_on_demand: undefined,
    repair_on_unban: false,
    exclusive: undefined,
  };
}

function readOptions(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  const read = parseJson(text);
  if (!isRecord(read)) throw badValue(`${text} is no JSON object`);
  return Object.fromEntries(Object.entries(read).map(([key, value]) => [key, String(value)]));
}

function withKey(action: ActionSetting, key: string, text: string): ActionSetting {
  const command = commandOf(key);
  if (command !== undefined) {
    if (action.python !== undefined)
      throw new CommandError(`action ${action.name} is of Python: it has no ${key}`);
    return { ...action, commands: { ...action.commands, [command]: text } };
  }
  switch (key) {
    case "timeout":
      return { ...action, timeout: readLength(text) };
    case "norestored":
      return { ...action, norestored: isTrue(text) };
    case "actionstart_on_demand":
      return { ...action, start_on_demand: isTrue(text) };
    case "actionrepair_on_unban":
      return { ...action, repair_on_unban: isTrue(text) };
    case "actname":
      throw new CommandError("an action keeps its name");
  }
  return { ...action, properties: { ...action.properties, [key]: text } };
}

export function commandOf(key: string): ActionCommand | undefined {
  return ACTION_COMMANDS.find((command) => key === `action${command}`);
}
