/** Lists the keys of [enforcers.NAME] with kind = "nftables", in the form of schema.ts. */
import { VERDICT_KEYS } from "./verdict-keys.ts";

export const NFTABLES: {
  readonly meaning: string;
  readonly keys: typeof VERDICT_KEYS;
  readonly place: readonly string[];
} = {
  meaning: "A table of bailiff's own, early in prerouting, whose sets hold the banned addresses.",
  keys: VERDICT_KEYS,
  place: [],
};
