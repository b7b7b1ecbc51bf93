/** Finds keys that occur twice in one object of a JSON text. Pure. */
import { parseJson } from "../../domain/json.ts";
import { dottedKey, type PathStep } from "./record-path.ts";

type Paths = readonly (readonly PathStep[])[];

/** Matches a brace, or a string with the colon that makes it a key. */
const TOKEN = /[{}]|("(?:[^"\\]|\\.)*")(\s*:)?/gs;

/**
 * Returns whether an object has a key of the paths twice. Programs disagree about which of the two values counts, and the
 * second one may be what a client chose. `json` must be valid.
 */
export function repeatsKey(json: string, paths: Paths): boolean {
  const wanted = new Set(paths.flatMap(keysOf));
  if (!mayRepeat(json, wanted)) return false;
  const open: Set<unknown>[] = [];
  for (const [token, text, colon] of json.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon !== undefined) {
      // A key may be written with escapes.
      const key = parseJson(text);
      const keys = open.at(-1);
      if (keys?.has(key) === true && wanted.has(String(key))) return true;
      keys?.add(key);
    }
  }
  return false;
}

/** Returns the keys that a path may lead through. */
function keysOf(path: readonly PathStep[]): readonly string[] {
  return path.flatMap((step, at) => {
    const own = step.kind === "key" ? [step.key] : [];
    return [...own, dottedKey(path, at) ?? []].flat();
  });
}

/** Returns whether a name of `keys` stands in the text twice, or may be hidden by escapes. Most lines end here. */
function mayRepeat(json: string, keys: ReadonlySet<string>): boolean {
  if (json.includes("\\u") || json.includes("\\/")) return true;
  return [...keys].some((key) => {
    const name = JSON.stringify(key);
    const first = json.indexOf(name);
    return first >= 0 && json.includes(name, first + 1);
  });
}
