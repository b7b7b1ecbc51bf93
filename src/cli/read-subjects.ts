/** Reads the addresses and networks of a command line; "-" reads more from standard input. */
import { text } from "node:stream/consumers";
import { explainZone, hasHostBits, parseSubject } from "../domain/cidr.ts";
import { CodedError } from "../domain/errors.ts";
import { decompress } from "../host/decompress.ts";
import { explainUnreadableLog } from "./unreadable-log.ts";

const STANDARD_INPUT = "-";

/** Returns each subject once, in order. Throws if one is not an address, or standard input contains none. */
export async function readSubjects(words: readonly string[]): Promise<readonly string[]> {
  if (!words.includes(STANDARD_INPUT)) return distinct(words.map((word) => requireSubject(word)));
  const read = subjectsIn(await readInput());
  return distinct(words.flatMap((word) => (word === STANDARD_INPUT ? read : requireSubject(word))));
}

async function readInput(): Promise<string> {
  try {
    return await text(decompress(process.stdin));
  } catch (error) {
    throw explainUnreadableLog(error, STANDARD_INPUT);
  }
}

/** Returns the words of an input, separated by blanks, commas or newlines. Text after "#" or ";" is a comment. */
function subjectsIn(input: string): readonly string[] {
  const found = input.split("\n").flatMap((line, index) =>
    line
      .replace(/[#;].*/, "")
      .split(/[\s,]+/)
      .filter((word) => word !== "")
      .map((word) => requireSubject(word, `standard input, line ${index + 1}: `)),
  );
  if (found.length > 0) return found;
  throw new CodedError("no-address", "standard input contains no address or network", {
    hint: "write one per line; a line that begins with # is a comment",
  });
}

export function requireSubject(word: string, place = ""): string {
  const subject = parseSubject(word);
  if (subject !== undefined && hasHostBits(word))
    throw new CodedError("no-address", `${place}"${word}" is an address within ${subject}`, {
      hint: `write ${subject} for the network, or ${word.replace(/\/.*/, "")} for the address alone`,
    });
  if (subject !== undefined) return subject;
  throw new CodedError("no-address", `${place}"${word}" is not a valid address or network`, {
    hint: explainZone(word) ?? "write 192.0.2.7, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/64",
  });
}

function distinct(subjects: readonly string[]): readonly string[] {
  return [...new Set(subjects)];
}
