/** Lists the keys of [enforcers.NAME] with kind = "nftables", in the form of schema.ts. */

export const NFTABLES = {
  meaning: "A table of bailiff's own, early in prerouting, whose sets hold the banned addresses.",
  keys: {},
  place: [],
} as const;
