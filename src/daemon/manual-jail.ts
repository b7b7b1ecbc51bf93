import { type JailName, parseJailName } from "../domain/jail-name.ts";

/** Bans that no jail made belong to this name. */
export const MANUAL: JailName = requireName("manual");

function requireName(text: string): JailName {
  const name = parseJailName(text);
  if (name === undefined) throw new Error(`"${text}" is no jail name`);
  return name;
}
