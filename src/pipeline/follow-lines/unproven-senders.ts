/**
 * Reads the entries that satisfy a jail's journal match but are not trusted, because neither the match nor the entry
 * proves whose process wrote them, so that they can be reported. They do not count for bans. Free for a journal whose
 * matches all name a sender; others cost one map look-up per line.
 */
import { countedSubject } from "../../detect/counted-subject.ts";
import { createAttemptCounter } from "../../detect/attempts.ts";
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch, LineFields } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import type { LinePlace } from "../../parse/route/line-sink.ts";
import type { LocalOffset } from "../../parse/header/timestamp.ts";
import type { Allow } from "../allow/allow.ts";
import type { Jail } from "../../jails/jail.ts";
import { ownsOf } from "../sources/owned-lines.ts";
import { judgesSender, type Watch } from "../sources/source-plan.ts";
import type { Sender } from "../../jails/unproven-tally.ts";

export interface UnprovenSenders {
  see(batch: LineBatch, now: Instant): void;
}

interface Options {
  readonly localOffset: LocalOffset;
  readonly allow: Pick<Allow, "listOf">;
}

export function createUnprovenSenders(
  watches: readonly Watch[],
  options: Options,
): UnprovenSenders {
  const readers = [
    ...Map.groupBy(
      watches,
      ({ jail, source }) => `${jail.filter.variant} ${JSON.stringify(source)}`,
    ).values(),
  ].flatMap((group) => createReader(group, watches, options) ?? []);
  return {
    see(batch, now) {
      if (batch.fields === undefined) return;
      for (const read of readers) read(batch, now);
    },
  };
}

/** Returns undefined if every match of these jails names a sender. */
function createReader(
  group: readonly Watch[],
  watches: readonly Watch[],
  { localOffset, allow }: Options,
): UnprovenSenders["see"] | undefined {
  const [first] = group;
  const refuses = first === undefined ? undefined : judgesSender(first.source);
  if (first === undefined || refuses === undefined) return undefined;
  const jails = group.map(({ jail }) => jail);
  const { filter } = first.jail;
  const router = createLineRouter(
    [{ filter, accepts: undefined, owns: ownsOf(first, watches) }],
    localOffset,
  );
  const attempts = createAttemptCounter();
  const known = new WeakMap<LineFields["journal"], boolean>();
  const isRefused = (fields: LineFields): boolean =>
    known.getOrInsertComputed(fields.journal, () => refuses(fields));

  return (batch, now) => {
    const chosen = choose(batch, isRefused);
    if (chosen === undefined) return;
    let last = -1;
    const senderOf = ({ number }: LinePlace): Sender => senderIn(chosen.fields[number]);
    const line = (place: LinePlace): void => {
      if (place.number === last) return;
      last = place.number;
      for (const jail of jails) jail.unproven.line(senderOf(place));
    };
    router.route({ ...batch, ...chosen }, now, {
      unrecognized: (_entries, place) => line(place),
      matched(_entry, match, place) {
        line(place);
        if (match.kind === "neutral" && !match.closes) return;
        const { ip, counts } = attempts.observe(match);
        if (ip === undefined || counts === 0 || match.kind === "neutral") return;
        for (const jail of jails) {
          if (!isInTime(jail, match, now)) continue;
          const subject = countedSubject(ip, jail.config, allow.listOf(jail.name));
          if (allow.listOf(jail.name).covers(subject) !== undefined) continue;
          jail.unproven.failure(subject, { at: match.at, counts, sender: senderOf(place) });
        }
      },
    });
  };
}

function isInTime(jail: Jail, { at }: Match, now: Instant): boolean {
  return at <= now && at >= now - jail.config.findtime;
}

function senderIn(fields: LineFields | undefined): Sender {
  return {
    uid: fields?.journal.get("_UID"),
    unit: fields?.journal.get("_SYSTEMD_UNIT"),
  };
}

/** Returns the lines of a batch that are chosen; undefined: none is. */
function choose(
  { text, fields = [] }: LineBatch,
  isChosen: (fields: LineFields) => boolean,
): (Pick<LineBatch, "text"> & { readonly fields: readonly LineFields[] }) | undefined {
  if (!fields.some(isChosen)) return undefined;
  const lines: string[] = [];
  let start = 0;
  for (const one of fields) {
    const end = text.indexOf("\n", start) + 1;
    if (isChosen(one)) lines.push(text.slice(start, end));
    start = end;
  }
  return { text: lines.join(""), fields: fields.filter(isChosen) };
}
