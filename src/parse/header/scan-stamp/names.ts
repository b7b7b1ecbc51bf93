/** Recognizes English names of months and weekdays, full or abbreviated to three letters, in any case. */

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const WEEKDAYS = "SunMonTueWedThuFriSat";

/** Returns 1 to 12 for the exact three letters that most logs write; -1: none. */
export function monthAt(text: string, at: number): number {
  const index = nameIndex(MONTHS, text, at);
  return index < 0 ? -1 : index + 1;
}

/** Returns 0 for Sunday; -1: none. */
export function weekdayAt(text: string, at: number): number {
  return nameIndex(WEEKDAYS, text, at);
}

function nameIndex(names: string, text: string, at: number): number {
  const first = text.charCodeAt(at);
  for (let i = 0; i < names.length; i += 3) {
    if (
      names.charCodeAt(i) === first &&
      names.charCodeAt(i + 1) === text.charCodeAt(at + 1) &&
      names.charCodeAt(i + 2) === text.charCodeAt(at + 2)
    ) {
      return i / 3;
    }
  }
  return -1;
}

/** Returns the same as `monthAt`, in any case: "NOV". */
export function anyMonthAt(text: string, at: number): number {
  const index = anyNameIndex(MONTHS, text, at);
  return index < 0 ? -1 : index + 1;
}

export function anyWeekdayAt(text: string, at: number): number {
  return anyNameIndex(WEEKDAYS, text, at);
}

/** Finds a name in any case. Only bit 5 (value 32) differs between the cases of a letter. */
function anyNameIndex(names: string, text: string, at: number): number {
  const first = text.charCodeAt(at) | 32;
  for (let i = 0; i < names.length; i += 3) {
    if (
      (names.charCodeAt(i) | 32) === first &&
      (names.charCodeAt(i + 1) | 32) === (text.charCodeAt(at + 1) | 32) &&
      (names.charCodeAt(i + 2) | 32) === (text.charCodeAt(at + 2) | 32)
    ) {
      return i / 3;
    }
  }
  return -1;
}

/** "Wednesday" and "September" are the longest. */
const MAX_NAME_LENGTH = 9;

/** Returns the end of the name that begins at `from`, including the period of an abbreviation. */
export function nameEnd(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at) | 32; code >= 97 && code <= 122; ) {
    if (++at - from > MAX_NAME_LENGTH) break;
    code = text.charCodeAt(at) | 32;
  }
  return text.charCodeAt(at) === 46 ? at + 1 : at;
}
