/** Reads names of iptables chains. */
import { fail, ok } from "../../domain/result.ts";
import { readList } from "../read-list.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake, type Reading } from "./kind.ts";

/** Names in iptables' syntax, of at most 28 characters (XT_EXTENSION_MAXNAMELEN). */
const NAME = /^[A-Za-z][\w.-]{0,27}$/;

export const chainListKind: Kind<readonly string[]> = {
  describe: () => 'a list of names of chains such as ["INPUT", "FORWARD"]',
  read(value, limits) {
    const readOne = (entry: unknown): Reading<string> =>
      typeof entry === "string" && NAME.test(entry)
        ? ok(entry)
        : fail(mistake(describeValue(entry), "the name of a chain such as INPUT"));
    return readList(value, { expected: this.describe(limits), least: 1, readOne });
  },
};
