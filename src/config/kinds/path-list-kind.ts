/** Reads paths of web requests that nobody asks for by mistake. */
import { fail, ok } from "../../domain/result.ts";
import { readList } from "../read-list.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake, type Reading } from "./kind.ts";

/** A path as in a URL, without a query. */
const PATH = /^\/[\w./~%:@+=-]{1,255}$/;
/** No name at all, or a segment "." or "..". */
const MEANS_OTHER = /^(?:\/|%2f)+$|\/(?:\.|%2e){1,2}(?:\/|$)/i;
const MAX_PATHS = 100;
/** Browsers and crawlers ask for these by themselves. */
const USUAL =
  /^\/(?:robots\.txt|favicon\.ico|sitemap\.xml|ads\.txt|\.well-known|apple-touch-icon[\w.-]*)\/?$/;

export const pathListKind: Kind<readonly string[]> = {
  describe: () => 'a list of paths such as ["/old-admin", "/backup.zip"]',
  read(value, limits) {
    const readOne = (entry: unknown): Reading<string> => {
      if (typeof entry !== "string" || !PATH.test(entry) || MEANS_OTHER.test(entry))
        return fail(
          mistake(
            describeValue(entry),
            'a path such as "/old-admin", without a query, "." and ".."',
          ),
        );
      return USUAL.test(entry)
        ? fail(
            mistake(
              describeValue(entry),
              "a path that browsers and crawlers do not request by themselves",
            ),
          )
        : ok(entry);
    };
    if (Array.isArray(value) && value.length > MAX_PATHS)
      return fail(mistake(`${value.length} paths`, `at most ${MAX_PATHS} paths`));
    return readList(value, { expected: this.describe(limits), least: 0, readOne });
  },
};
