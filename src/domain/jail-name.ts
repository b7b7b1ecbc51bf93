/** Name of a jail: letters, digits, "-", "_", ".", at most 64, so that it is safe in any file, set or log. */
export type JailName = string & { readonly brand: "JailName" };

export function parseJailName(text: string): JailName | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text) ? (text as JailName) : undefined;
}

/** The jail name of bans by hand, so no jail may have it. */
export const MANUAL: JailName = "manual" as JailName;
