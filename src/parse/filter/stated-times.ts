/** Reads the zone and form of times that a filter or a jail states, and applies them to a compiled filter. */
import type { Problem } from "../../domain/problem.ts";
import { compileTimeFormat, type TimeFormat } from "../header/scan-stamp.ts";
import { parseTimeZone, TIME_ZONE_FORMS } from "../header/time-zone.ts";
import type { LocalOffset } from "../header/timestamp.ts";
import type { LineRecognizer } from "../../domain/line-recognizer.ts";
import type { CompiledRule, RecordRule, StatedTimes, TimeWriter } from "./compiled-rule.ts";

interface TimeSettings {
  readonly time_zone?: string | undefined;
  readonly time_format?: string | undefined;
}

/** Returns the problems of both settings. `key` precedes their names: "jails.web.". */
export function checkTimes(
  {
    time_zone: zone,
    time_format: format,
    path,
    python,
  }: TimeSettings & { readonly path: string; readonly python: unknown },
  key = "",
): readonly Problem[] {
  const problems: Problem[] = [];
  const read = zone === undefined ? undefined : parseTimeZone(zone);
  if (read?.ok === false) {
    const hint = read.error === undefined ? {} : { hint: read.error };
    const got = JSON.stringify(zone);
    problems.push({ path, key: `${key}time_zone`, got, expected: TIME_ZONE_FORMS, ...hint });
  }
  if (format === undefined) return problems;
  const compiled = compileTimeFormat(format);
  if (!compiled.ok) problems.push({ path, key: `${key}time_format`, ...compiled.error });
  else if (python !== undefined)
    problems.push({
      ...{ path, key: `${key}time_format`, got: "time_format for a [python] table" },
      expected: "datepattern in that table",
    });
  return problems;
}

/** The parts of a compiled filter that depend on them. */
interface TimedFilter {
  readonly variant: string;
  readonly times?: StatedTimes;
  readonly rules: readonly CompiledRule[];
  readonly recordRules: readonly RecordRule[];
  readonly createRecognizer?: (localOffset: LocalOffset) => LineRecognizer;
}

/** Applies valid settings; what they leave out stays as the filter has it. */
export function withTimes<F extends TimedFilter>(
  filter: F,
  { time_zone: zoneName, time_format: form }: TimeSettings,
  zoneOf: TimeWriter,
): F {
  if (zoneName === undefined && form === undefined) return filter;
  const zone = zoneName === undefined ? undefined : parseTimeZone(zoneName);
  const format = form === undefined ? undefined : compileTimeFormat(form);
  const times: StatedTimes = {
    ...(zone?.ok === true
      ? { zone: zone.value, zoneOf }
      : { zone: filter.times?.zone, zoneOf: filter.times?.zoneOf ?? zoneOf }),
    format: format?.ok === true ? format.value : filter.times?.format,
  };
  const { createRecognizer } = filter;
  return {
    ...filter,
    variant: `${filter.variant} ${zoneName ?? ""} ${form ?? ""}`,
    times,
    rules: filter.rules.map((rule) => ({ ...rule, times })),
    recordRules: filter.recordRules.map((rule) => ({ ...rule, times })),
    ...(createRecognizer === undefined
      ? {}
      : { createRecognizer: (local) => createRecognizer(times.zone ?? local) }),
  };
}

/** Returns the forms of times that filters state, each once. */
export function formatsOf(filters: readonly Pick<TimedFilter, "times">[]): readonly TimeFormat[] {
  const stated = filters.flatMap(({ times }) => times?.format ?? []);
  return [...new Map(stated.map((format) => [format.text, format])).values()];
}
