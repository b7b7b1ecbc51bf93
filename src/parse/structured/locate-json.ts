/** The position of the JSON object in a message: all of it, or what follows a text. */
export interface JsonLocation {
  /** Length of the text before the object; 0 if the object, or the "@cee:" marker, begins the message. */
  readonly start: number;
  /** Position where the object begins; -1: the message contains none. */
  readonly object: number;
}

/** The marker that rsyslog and others write before JSON in syslog (Common Event Expression). */
const CEE_COOKIE = "@cee:";

export function locateJson(text: string): JsonLocation {
  const from = text.startsWith(CEE_COOKIE) ? CEE_COOKIE.length : 0;
  const object = text.indexOf("{", from);
  const isFirst = object >= 0 && text.slice(from, object).trim() === "";
  return { start: isFirst ? 0 : object, object };
}
