/** Reads plain values: names, choices, numbers, booleans and the list of multipliers. */
import { fail, ok } from "../../domain/result.ts";
import { readList } from "../read-list.ts";
import { describeValue } from "./describe-value.ts";
import { didYouMean } from "../../domain/did-you-mean.ts";
import { exampleOf, type Kind, mistake, type Mistake, type Reading, within } from "./kind.ts";

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

export const nameKind: Kind<string> = {
  describe: (limits) => `a name such as "${exampleOf(limits, "sshd")}"`,
  read(value, limits) {
    if (typeof value === "string" && NAME.test(value)) return ok(value);
    const hint = typeof value === "string" ? nameOfFile(value) : undefined;
    return fail(mistake(describeValue(value), this.describe(limits), hint));
  },
};

export const namesKind: Kind<readonly string[]> = {
  describe: () => 'a list of names such as ["sshd"]',
  read(value, limits, names) {
    const readOne = (one: unknown): Reading<string> => nameKind.read(one, {}, names);
    return readList(value, { expected: this.describe(limits), least: 1, readOne });
  },
};

/** Returns the filter's name if its path was given. */
function nameOfFile(value: string): string | undefined {
  const name = /\/([^/]+)\.(?:toml|conf)$/.exec(value)?.[1];
  if (name === undefined || !NAME.test(name)) return undefined;
  return `put the file in a folder of filters.directories, and write "${name}"`;
}

/** Matches names of users as in passwd(5), also of directories: "alice@example.org". */
const USER = /^[A-Za-z_][\w.@-]{0,63}$/;

export const usersKind: Kind<readonly string[]> = {
  describe: () => 'a list of names of users such as ["alice"]',
  read(value, limits) {
    const readOne = (one: unknown): Reading<string> =>
      typeof one === "string" && USER.test(one)
        ? ok(one)
        : fail(mistake(describeValue(one), "the name of a user"));
    return readList(value, { expected: this.describe(limits), least: 0, readOne });
  },
};

export const choiceKind: Kind<string> = {
  describe({ of = [] }) {
    const choices = of.map((choice) => `"${choice}"`);
    return [choices.slice(0, -1).join(", "), ...choices.slice(-1)].filter(Boolean).join(" or ");
  },
  read(value, limits) {
    const { of = [] } = limits;
    if (typeof value === "string" && of.includes(value)) return ok(value);
    const near = typeof value === "string" ? didYouMean(value, of) : undefined;
    const hint = near === undefined ? undefined : `did you mean "${near}"?`;
    return fail(mistake(describeValue(value), this.describe(limits), hint));
  },
};

export const switchKind: Kind<boolean> = {
  describe: () => "true or false",
  read(value, limits) {
    if (typeof value === "boolean") return ok(value);
    // A TOML table cannot be shown in quotes.
    const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
    const meant = /^(?:true|yes|on|1)$/i.test(text) ? "true" : "false";
    const known = /^(?:true|yes|on|1|false|no|off|0)$/i.test(text);
    const hint = known ? `write ${meant}, without quotes` : undefined;
    return fail(mistake(describeValue(value), this.describe(limits), hint));
  },
};

export const integerKind: Kind<number> = {
  describe: ({ min = 0, max = Number.MAX_SAFE_INTEGER }) => `a whole number from ${min} to ${max}`,
  read(value, limits) {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = limits;
    if (Number.isInteger(value) && typeof value === "number" && value >= min && value <= max) {
      return ok(value);
    }
    const quoted = typeof value === "string" && /^\d{1,15}$/.test(value);
    const nearest = Math.min(Math.max(Number(value), min), max);
    const hint = quoted ? `write ${nearest}, without quotes` : undefined;
    return fail(mistake(describeValue(value), this.describe(limits), hint));
  },
};

/**
 * Maximum multiplier: it turns a second into twelve days, so a larger one is probably a mistake. It is also the last
 * value of fail2ban's default formula.
 */
export const MAX_MULTIPLIER: number = 2 ** 20;

/** Reads the multipliers of ban times. "forever" becomes Infinity: that ban never ends. */
export const multipliersKind: Kind<readonly number[]> = {
  describe: () => 'a list of numbers above 0, or "forever", such as [1, 4, 24]',
  read(value, limits) {
    const expected = this.describe(limits);
    if (!Array.isArray(value) || value.length === 0) {
      return fail(mistake(describeValue(value), expected));
    }
    const multipliers: number[] = [];
    const wrong: Mistake[] = [];
    for (const [i, entry] of value.entries()) {
      const fits = typeof entry === "number" && entry > 0 && entry <= MAX_MULTIPLIER;
      if (fits) multipliers.push(entry);
      else if (entry === "forever") multipliers.push(Infinity);
      else {
        const wanted = `a number above 0 and at most ${MAX_MULTIPLIER}, or "forever"`;
        wrong.push(...within(i, mistake(describeValue(entry), wanted)));
      }
    }
    return wrong.length === 0 ? ok(multipliers) : fail(wrong);
  },
};
