/** Adds the typed --config and --socket to commands that a text suggests. */

export interface TypedOptions {
  readonly config?: string | undefined;
  readonly socket?: string | undefined;
}

/**
 * Matches suggested commands that use the daemon or its configuration. Not within a path or a name such as
 * bailiff.service; a word may also begin after a color code.
 */
const SUGGESTED =
  /(?<=^|[\s("`:]|\u001b\[\d+m)bailiff(?=\s+(?:run|restore|clear-firewall|reload|stop|version|status|doctor|verify|drift|campaigns|quality|stats|report|top|audit|metrics|check-health|bans|why|history|follow|ban|unban|allow|breaker|notify|check|assess|scan|replay|tune|filter|services|enable|disable|web)(?![\w.-]))/g;

export function completeCommands(text: string, typed: TypedOptions): string {
  const { config, socket } = typed;
  const options = [
    ...(config === undefined ? [] : ["--config", quoteWord(config)]),
    ...(socket === undefined ? [] : ["--socket", quoteWord(socket)]),
  ];
  if (options.length === 0) return text;
  return text.replace(SUGGESTED, () => ["bailiff", ...options].join(" "));
}

/** Quotes a text so that a shell reads it as one word. */
export function quoteWord(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
