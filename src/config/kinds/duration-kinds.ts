/** Reads durations, and ban lengths, which may be permanent. */
import {
  type Duration,
  duration,
  formatDuration,
  MAX_DURATION,
  parseDuration,
} from "../../domain/duration.ts";
import { fail, ok } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, type Limits, mistake, type Reading } from "./kind.ts";

export type BanLength = Duration | "forever";

const EXAMPLES = 'a duration such as "10m", "1h30m" or "7d"';

export const durationKind: Kind<Duration> = {
  describe: (limits) => `${EXAMPLES}${bounds(limits)}`,
  read(value, limits) {
    return readDuration(value, limits, this.describe(limits));
  },
};

export const banLengthKind: Kind<BanLength> = {
  describe: (limits) => `${EXAMPLES}${bounds(limits)}, or "forever"`,
  read(value, limits) {
    if (value === "forever") return ok(value);
    return readDuration(value, limits, this.describe(limits), "forever");
  },
};

function bounds({ min = 1, max }: Limits): string {
  const least = min > 1 ? formatDuration(duration(min)) : undefined;
  if (max !== undefined) return `, from ${least ?? "0s"} to ${formatDuration(duration(max))}`;
  if (least !== undefined) return `, at least ${least}`;
  return min > 0 ? ", above zero" : "";
}

/** A whole number is seconds, as in `parseDuration`. `endless` is what to write for no end, where one may. */
function readDuration(
  value: unknown,
  { min = 1, max = MAX_DURATION }: Limits,
  expected: string,
  endless?: string,
): Reading<Duration> {
  const text = Number.isInteger(value) ? String(value) : value;
  const length = typeof text === "string" ? parseDuration(text) : undefined;
  if (length !== undefined && length >= min && length <= max) return ok(length);
  if (length !== undefined) {
    const nearest = length < min ? min : max;
    return fail(
      mistake(describeValue(value), expected, `write "${formatDuration(duration(nearest))}"`),
    );
  }
  const hint = typeof text === "string" ? suggest(text.trim().slice(0, 64), endless) : undefined;
  return fail(mistake(describeValue(value), expected, hint));
}

const UNIT_WORDS: readonly (readonly [RegExp, string, number])[] = [
  [/^(?:s|secs?|seconds?)$/, "s", 1],
  [/^(?:m|mins?|minutes?)$/, "m", 1],
  [/^(?:h|hrs?|hours?)$/, "h", 1],
  [/^(?:d|days?)$/, "d", 1],
  [/^(?:w|weeks?)$/, "w", 1],
  [/^(?:mo|mon|months?)$/, "d", 30],
  [/^(?:y|yrs?|years?)$/, "d", 365],
];

function suggest(text: string, endless: string | undefined): string | undefined {
  if (
    endless !== undefined &&
    (text.startsWith("-") || /^(?:never|permanent|inf\w*|always)$/i.test(text))
  ) {
    return `write "${endless}" for a ban without end`;
  }
  if (/^\d+$/.test(text) && Number(text) > 0) return tooLong(endless);
  const [, amount, word] = /^(\d{1,9}) ?([a-z]+)$/i.exec(text) ?? [];
  const unit = UNIT_WORDS.find(([words]) => words.test((word ?? "").toLowerCase()));
  if (amount === undefined || unit === undefined || Number(amount) === 0) return undefined;
  const written = `${Number(amount) * unit[2]}${unit[1]}`;
  return parseDuration(written) === undefined ? tooLong(endless) : `write "${written}"`;
}

function tooLong(endless: string | undefined): string {
  const days = duration(MAX_DURATION) / 86_400_000;
  const instead = endless === undefined ? "" : `; or write "${endless}"`;
  return `at most "${days}d"${instead}`;
}
