import * as v from "valibot";
import type { FilterMode } from "../../domain/filter-definition.ts";

/** Numbers of AbuseIPDB's categories; empty: bans by these rules are not reported. */
const categories = v.exactOptional(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(23))),
);

type Categories = { [mode in FilterMode]?: number[] };

/** Categories for bans by rules of each mode. */
export const abuseCategories: v.GenericSchema<Categories> = v.strictObject({
  normal: categories,
  aggressive: categories,
  abuse: categories,
});
