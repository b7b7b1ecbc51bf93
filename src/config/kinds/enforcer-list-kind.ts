/** Reads the enforcers of a jail: one name or a list. Whether the names exist is checked across all files. */
import { fail, ok } from "../../domain/result.ts";
import { MEMORY } from "../enforcers/memory.ts";
import { describeValue, quote } from "./describe-value.ts";
import { type Kind, mistake, type Mistake, within } from "./kind.ts";
import { nameKind } from "./plain-kinds.ts";

/** Maximum number of enforcers of a jail: each multiplies the work for a ban. */
const MAX_ENFORCERS = 8;

export const enforcerListKind: Kind<readonly string[]> = {
  describe: () => "the name of an enforcer, or a list of names",
  read(value, limits, names) {
    const expected = this.describe(limits);
    const isList = Array.isArray(value);
    const entries: readonly unknown[] = isList ? value : [value];
    if (entries.length === 0)
      return fail(mistake("[]", expected, `to ban nothing, write enforcer = "${MEMORY}"`));
    if (entries.length > MAX_ENFORCERS)
      return fail(mistake(`${entries.length} names`, `at most ${MAX_ENFORCERS} names`));
    const read: string[] = [];
    const wrong: Mistake[] = [];
    for (const [i, entry] of entries.entries()) {
      const one = nameKind.read(entry, limits, names);
      const at = isList ? [i] : [];
      if (!one.ok) wrong.push(...mistake(describeValue(entry), expected, undefined, at));
      else if (read.includes(one.value))
        wrong.push(...within(i, mistake(`${quote(one.value)} twice`, "each name once")));
      else read.push(one.value);
    }
    if (wrong.length === 0 && read.length > 1 && read.includes(MEMORY)) {
      const hint = `write enforcer = "${MEMORY}" to try a jail without bans`;
      return fail(mistake(`"${MEMORY}" beside others`, "it alone, or only the others", hint));
    }
    return wrong.length === 0 ? ok(read) : fail(wrong);
  },
};
