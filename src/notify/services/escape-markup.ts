/** Escapes single characters, so that a service shows a text as it is. */

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  "<": "‹",
  ">": "›",
  "@": "(at)",
  "`": "'",
};

/** Replaces what chat services of unknown kind may read as markup or mentions. */
export function useLookAlike(character: string): string {
  return LOOK_ALIKES[character] ?? character;
}

/** Escapes punctuation that has a meaning in Markdown by a backslash, and thereby also `{{` of templates. */
export function escapeMarkdown(character: string): string {
  return /[\\`*_~|<>[\]()#{}@!]/.test(character) ? `\\${character}` : character;
}
