/** Reads user names, as logs show them. */
import { fail, ok } from "../../domain/result.ts";
import { readList } from "../read-list.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake, type Reading } from "./kind.ts";

const NAME = /^\P{Cc}{1,64}$/u;

export const userListKind: Kind<readonly string[]> = {
  describe: () => 'a list of user names such as ["oracle", "postgres"]',
  read(value, limits) {
    const readOne = (entry: unknown): Reading<string> =>
      typeof entry === "string" && NAME.test(entry)
        ? ok(entry)
        : fail(mistake(describeValue(entry), "a user name of at most 64 characters"));
    return readList(value, { expected: this.describe(limits), least: 0, readOne });
  },
};
