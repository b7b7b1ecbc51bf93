/** Lists the keys of [enforcers.NAME] with kind = "route", in the form of schema.ts. */

export const ROUTE = {
  meaning: "Routes that lead nowhere, where the packet filter is not yours to change.",
  keys: {
    type: {
      is: "choice",
      of: ["blackhole", "unreachable", "prohibit"],
      default: "blackhole",
      meaning:
        "What the kernel does with packets to a banned address: blackhole discards them silently; the others also report it to the program that sends.",
    },
  },
  place: [],
} as const;
