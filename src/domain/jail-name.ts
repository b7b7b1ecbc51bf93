/** Name of a jail: letters, digits, "-", "_", ".", at most 64, so that it is safe in any file, set or log. */
export type JailName = string & { readonly brand: "JailName" };

export function parseJailName(text: string): JailName | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text) ? (text as JailName) : undefined;
}

/** The jail name of bans by hand, so no jail may have it. */
export const MANUAL: JailName = "manual" as JailName;

const LIST = "list:";

/** Returns the name under which enforcers hold a block list. No jail can have it, because of the colon. */
export function listOwner(list: string): JailName {
  return `${LIST}${list}` as JailName;
}

/** Returns whether this is the owner of a block list, and no jail. */
export function isListOwner(name: JailName): boolean {
  return name.startsWith(LIST);
}

/** Parses the name of a jail or of the owner of a block list. */
export function parseOwner(text: string): JailName | undefined {
  if (!text.startsWith(LIST)) return parseJailName(text);
  const list = text.slice(LIST.length);
  return /^\w[\w.-]{0,63}$/.test(list) ? listOwner(list) : undefined;
}
