/** Reads a stated time zone: UTC, an offset, or a name of the tz database, with its daylight saving time. Pure. */
import { didYouMean } from "../../domain/did-you-mean.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { LocalOffset } from "./timestamp.ts";

/** Completes "expected …". */
export const TIME_ZONE_FORMS =
  '"UTC", an offset such as "+02:00", or a name such as "Europe/Berlin"';

const OFFSET = /^([+-])(0\d|1[0-4]):([0-5]\d)$/;
/** Matches a name with a place. Abbreviations such as EST are refused: they have no daylight saving time, or several meanings. */
const NAME = /^[A-Z][A-Za-z]{1,13}(?:\/[A-Za-z0-9_+-]{1,30}){1,2}$/;

/** Fails with a hint, which is undefined if no zone has a similar name. */
export function parseTimeZone(text: string): Result<LocalOffset, string | undefined> {
  if (text === "UTC") return ok(() => 0);
  const [, sign, hours, minutes] = OFFSET.exec(text) ?? [];
  if (sign !== undefined) {
    const east = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -60_000 : 60_000);
    return ok(() => east);
  }
  if (!NAME.test(text)) return fail(similarTo(text));
  try {
    const zoned = { timeZone: text, timeZoneName: "longOffset" } as const;
    return ok(offsetOf(new Intl.DateTimeFormat("en-US", zoned)));
  } catch {
    return fail(similarTo(text));
  }
}

function similarTo(text: string): string | undefined {
  const near = didYouMean(text, Intl.supportedValuesOf("timeZone"));
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

/** All changes of an offset since 1970 are at multiples of this, in milliseconds. */
const QUARTER = 900_000;
/** Maximum number of cached quarters of an hour. */
const MAX_CACHED = 256;

function offsetOf(format: Intl.DateTimeFormat): LocalOffset {
  const known = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / QUARTER);
    const before = known.get(quarter);
    if (before !== undefined) return before;
    if (known.size >= MAX_CACHED) known.clear();
    const offset = readOffset(format.format(quarter * QUARTER));
    known.set(quarter, offset);
    return offset;
  };
}

/** Reads `GMT+01:00` and `GMT+00:53:28` at the end of a formatted date, in milliseconds east. */
function readOffset(text: string): number {
  const [, sign, hours = "0", minutes = "0", seconds = "0"] =
    /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  const east = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
  return sign === "-" ? -east : east;
}
