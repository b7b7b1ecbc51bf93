/**
 * Replaces the tags of an action's properties in one of its commands. Properties may refer to each other, and the key
 * "x?family=inet6" replaces <x> for IPv6 addresses. Tags of a ban (<ip>, <matches>) are kept; <br> and <sp> become a
 * newline and a blank.
 */
import type { ActionCommand, ActionSetting } from "../../config/kinds/shell-action-setting.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { fillTags } from "./fill-tags.ts";

/** fail2ban's names of address families; "": an action that does not depend on the family. */
export type ActionFamily = "inet4" | "inet6" | "";

/** Tags whose value always comes from the ban, even if the action defines a property of that name. */
export const OF_A_BAN: ReadonlySet<string> = new Set([
  "matches",
  "ipmatches",
  "ipjailmatches",
  "bantime",
]);
const ALWAYS: ReadonlyMap<string, string> = new Map([
  ["br", "\n"],
  ["sp", " "],
]);
const CONDITIONAL = /^(?<key>.+)\?family=(?<family>inet[46])$/;

export function dependsOnFamily({ properties }: Pick<ActionSetting, "properties">): boolean {
  return Object.keys(properties).some((key) => CONDITIONAL.test(key));
}

/** Returns the text of a command; "" if the action lacks it, or it is empty for this family. */
export function fillCommand(
  { commands, properties }: Pick<ActionSetting, "commands" | "properties">,
  command: ActionCommand,
  family: ActionFamily,
): Result<string, string> {
  const values = new Map<string, string>();
  for (const [name, text] of Object.entries(commands)) values.set(`action${name}`, text);
  for (const [key, text] of Object.entries(properties))
    if (!CONDITIONAL.test(key)) values.set(key, text);
  for (const [key, text] of Object.entries(properties)) {
    const match = CONDITIONAL.exec(key);
    const { key: name = "", family: only } = match?.groups ?? {};
    if (match !== null && only === family) values.set(name, text);
  }
  const wanted = `action${command}`;
  if (!values.has(wanted)) return ok("");
  const filled = fillTags({ values, ignored: OF_A_BAN, lookUp: (name) => ALWAYS.get(name) });
  return filled.ok ? ok((filled.value.get(wanted) ?? "").trim()) : fail(filled.error.message);
}
