/**
 * Replaces `<name>` in the values of a filter or action by the value of that name. Names may contain tags themselves
 * (`<mdre-<mode>>`). Keeps unknown tags, such as `<HOST>` of expressions or `<ip>` of a ban.
 */
import { fail, ok, type Result } from "../../domain/result.ts";

export interface TagSource {
  readonly values: ReadonlyMap<string, string>;
  /** Names whose tags are kept, and whose values are not filled. */
  readonly ignored: ReadonlySet<string>;
  /** Returns the value of a name that is not in `values`. */
  readonly lookUp: (name: string) => string | undefined;
}

const TAG = /<([^ <>]+)>/g;
const MAX_COUNT = 25;
/** Maximum characters of a value: hostile definitions can double a value with every replacement. */
const MAX_VALUE_LENGTH = 1_000_000;

/** A tag that refers to itself, or whose value becomes too long. */
export interface EndlessTag {
  readonly name: string;
  readonly message: string;
}

export function fillTags(source: TagSource): Result<ReadonlyMap<string, string>, EndlessTag> {
  const filled = new Map(source.values);
  for (const [name, value] of source.values) {
    if (source.ignored.has(name)) continue;
    const result = fillOne(name, value, source, filled);
    if (!result.ok) return fail({ name, message: result.error });
    filled.set(name, result.value);
  }
  return ok(filled);
}

function fillOne(
  name: string,
  value: string,
  { ignored, lookUp }: TagSource,
  values: ReadonlyMap<string, string>,
): Result<string, string> {
  const used = new Map<string, number>();
  let text = value;
  let from = 0;
  for (;;) {
    TAG.lastIndex = from;
    const match = TAG.exec(text);
    if (match === null) return ok(text);
    const [whole, tag = ""] = match;
    const replacement = ignored.has(tag) ? undefined : (values.get(tag) ?? lookUp(tag));
    if (replacement === undefined) {
      from = match.index + whole.length;
      continue;
    }
    const times = (used.get(tag) ?? 0) + 1;
    if (tag === name || times > MAX_COUNT) return fail(`<${tag}> in "${name}" refers to itself`);
    if (text.length > MAX_VALUE_LENGTH)
      return fail(`"${name}" is longer than ${MAX_VALUE_LENGTH} characters with its tags replaced`);
    used.set(tag, times);
    text = text.replaceAll(whole, () => replacement);
    // Searches from the start: the inserted text may complete a tag that begins before it.
    from = 0;
  }
}
