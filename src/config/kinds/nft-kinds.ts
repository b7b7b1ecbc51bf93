/** Reads names of nftables tables and sets. */
import { fail, ok } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake } from "./kind.ts";

/** A name in nft's syntax. Nothing else reaches its parser. */
const NAME = /^[A-Za-z_][\w.-]{0,127}$/;
/** Families whose chains see addresses of packets to this host or through it. */
const FAMILY = /^(?:inet|ip|ip6)$/;

export const nftTableKind: Kind<string> = {
  describe: () => 'a family (inet, ip or ip6) and a table, such as "inet filter"',
  read(value, limits) {
    const [family = "", name = "", ...rest] = typeof value === "string" ? value.split(" ") : [];
    if (typeof value === "string" && FAMILY.test(family) && NAME.test(name) && rest.length === 0)
      return ok(value);
    const isName = typeof value === "string" && NAME.test(value);
    const hint = isName
      ? `write the family, too: "inet ${value}" (nft list tables shows it)`
      : undefined;
    return fail(mistake(describeValue(value), this.describe(limits), hint));
  },
};

export const nftSetKind: Kind<string> = {
  describe: () => 'the name of a set of this table, such as "blocked"',
  read(value, limits) {
    if (typeof value === "string" && NAME.test(value)) return ok(value);
    const isMarked =
      typeof value === "string" && NAME.test(value.slice(1)) && value.startsWith("@");
    const hint = isMarked ? `write ${JSON.stringify(value.slice(1))}, without @` : undefined;
    return fail(mistake(describeValue(value), this.describe(limits), hint));
  },
};
