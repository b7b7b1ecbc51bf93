/**
 * Adapts a filter of Python expressions to the daemon's main path, which passes lines and expects matches. Host names,
 * which fail2ban would look up in DNS, are returned as names and never count. Neither do other ids that are no
 * addresses.
 */
import type { PythonRules } from "../../domain/filter-definition.ts";
import type { Instant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import type { LineRecognizer, OfferedLine } from "../../domain/line-recognizer.ts";
import type { Match } from "../../domain/match.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { TimePlacer } from "../../parse/header/place-in-time.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import type { LocalOffset } from "../../parse/header/timestamp.ts";
import { buildFilter } from "./build-filter.ts";
import type { Fail2banFailure } from "./fail2ban-failure.ts";
import { Fail2banMatcher, type Fail2banRules } from "./fail2ban-matcher.ts";
import { withJournalHead } from "./journal-head.ts";
import { createRecapture } from "./recapture.ts";

export interface PythonFilterOptions {
  readonly name: string;
  readonly path: string;
  readonly mode: Filter["mode"];
  readonly rules: PythonRules;
}

export function compilePythonFilter({
  name,
  path,
  mode,
  rules,
}: PythonFilterOptions): Result<Filter, readonly Problem[]> {
  const built = buildFilter({ rules, localOffset: () => 0 });
  if (!built.ok) {
    return fail(
      built.error.map(({ key, message }) => ({ path, key: `python.${key}`, ...message })),
    );
  }
  const { dates } = built.value;
  const createRecognizer = (localOffset: LocalOffset): LineRecognizer =>
    openRecognizer({ ...built.value, dates: dates.fresh(), localOffset });
  return ok({
    ...{
      name,
      mode,
      variant: `${name} ${mode}`,
      programs: [],
      rules: [],
      recordRules: [],
      createRecognizer,
    },
    createRecapture: (options) => createRecapture(built.value, options),
  });
}

function openRecognizer(rules: Fail2banRules): LineRecognizer {
  const filter = new Fail2banMatcher(rules);
  const placer = new TimePlacer();
  const joinsLines =
    rules.maxLines > 1 ||
    [...rules.failures, ...(rules.prefix === undefined ? [] : [rules.prefix])].some(({ names }) =>
      names.has("mlfid"),
    );
  return {
    recognize({ text, ascii, fields, arrival, now, isCut }: OfferedLine): readonly Match[] {
      // A truncated line must not change the state for the next line.
      if (isCut && joinsLines) return NONE;
      const line = fields === undefined ? text : withJournalHead(text, fields);
      const known = ascii && fields === undefined;
      const undated = arrival === "live" ? "now" : "drop";
      const failures = filter.examine({
        line,
        ...(known ? { ascii: true } : {}),
        at: fields?.at,
        now,
        undated,
      });
      if (failures.length === 0) return NONE;
      // Trusts an address in a truncated line only at its beginning: a later one may be the client's text, which only
      // the missing end would show.
      const believed = isCut ? failures.filter(({ id }) => id && text.startsWith(id)) : failures;
      const isExplicit = fields !== undefined || OFFSET.test(text.slice(0, MAX_DATE_LENGTH));
      return believed.flatMap(
        (failure) => toMatch(failure, { arrival, now, isExplicit, placer }) ?? [],
      );
    },
    get overLimit() {
      return filter.overLimit;
    },
  };
}

const NONE: readonly Match[] = [];
/** Number of characters at the start of a line that are searched for an offset from UTC. */
const MAX_DATE_LENGTH = 80;
const OFFSET = /\d ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?!\w)|(?<![\w.])\d{10}(?:\.\d+)?(?![\w.])/;

interface Placing {
  readonly arrival: OfferedLine["arrival"];
  readonly now: Instant;
  readonly isExplicit: boolean;
  readonly placer: TimePlacer;
}

function toMatch(
  { rule, id, kind, at, groups, users }: Fail2banFailure,
  { arrival, now, isExplicit, placer }: Placing,
): Match | undefined {
  if (id === undefined) return undefined;
  const ip: Ip | undefined = parseIp(id);
  const user = groups.get("user") ?? [...users][0];
  return {
    kind: "failure",
    rule: `failregex-${rule + 1}`,
    counting: "each",
    closes: false,
    ip,
    host: ip === undefined && kind === "name" ? id : undefined,
    ...(ip === undefined && kind !== "name" ? { otherId: id } : {}),
    user: user || undefined,
    login: undefined,
    repeated: 1,
    at: placer.place({ stamp: at, isExplicit, host: 0 }, now, arrival),
    // A live line without a date has the present time as `at`; lines of a backlog without a date were dropped.
    isTimed: arrival === "backlog" || at !== now,
    session: 0,
  };
}
