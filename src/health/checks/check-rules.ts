/** Verifies that rules recognize the program's lines, and that unrecognized lines do not look like failures. */
import { amount } from "../../domain/amount.ts";
import { formatPart } from "../../domain/format-part.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import type { Proof } from "../../domain/proof.ts";
import { changeOf } from "../describe-change.ts";
import { fixOpenQuote } from "../open-quote.ts";
import { describeUnproven, fixUnproven } from "../../pipeline/describe-unproven.ts";
import type { DriftWatch } from "../drift-watch.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import type { Jail } from "../../jails/jail.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import {
  describeHiddenClients,
  fixHiddenClients,
  type HiddenClients,
} from "../../jails/hidden-clients.ts";
import {
  describeUnaddressed,
  fixUnaddressed,
  type Unaddressed,
  uncountedFailures,
} from "../../jails/unaddressed.ts";
import { isService } from "../../jails/unproven-tally.ts";
import type { DriftFacts, DriftShape } from "../program-drift.ts";
import type { MissedFailures } from "./check-rules/find-missed.ts";
import { SecondOpinion } from "./check-rules/second-opinion.ts";

const link = "rules";
/** Maximum share of unrecognized lines for a proof; above it, the rules may be those of another program. */
const MAX_UNKNOWN_SHARE = 0.5;
const EARLIER_LINES = ", including lines read before the last change of the rules";

export function createRulesCheck(drift: DriftWatch): JailCheck {
  /** Number of jails that use a filter, by filter. */
  let serving: ReadonlyMap<string, number> = new Map();
  const opinion = new SecondOpinion();
  return {
    name: link,
    async look(jails, now) {
      const byFilter = Map.groupBy(jails, ({ live }) => live.jail.filter.name);
      serving = new Map([...byFilter].map(([name, those]) => [name, those.length]));
      await drift.look();
      await opinion.look(jails, now);
    },
    proofs({ live, source }: WatchedJail, now: Instant): readonly Proof[] {
      const { jail } = live;
      const program = drift.of(jail.filter.name);
      const facts = program?.facts(now);
      const refused = describeUnproven(live);
      const uncounted = findUncounted(live, refused, opinion, now);
      if (uncounted !== undefined) return [uncounted];
      const name = jail.filter.programs[0] ?? jail.filter.name;
      const jails = serving.get(jail.filter.name) ?? 1;
      const isUnheard = jails > 1 && jail.recognized + jail.unrecognized === 0;
      if (isUnheard || program === undefined || facts === undefined || facts.recent.lines === 0)
        return [
          { kind: "unproven", link, evidence: refused ?? describeUnheard(jail, name, source) },
        ];
      const { lines, unknown } = jails > 1 ? ownShare(jail) : facts.recent;
      const share = `${formatPart(1 - unknown)} of ${name}'s last ${amount(lines, "line")} ${lines === 1 ? "is" : "are"} recognized`;
      // If several jails use the filter, a jail without unrecognized lines is not affected.
      const failing =
        jails > 1 && jail.unrecognized === 0
          ? []
          : program.shapes().filter(({ suspicion }) => suspicion.failures);
      const [worst] = failing;
      if (worst !== undefined) {
        const evidence = [
          describeShape(worst),
          ...others(failing.length - 1),
          share,
          ...changeOf(facts),
        ];
        const fix = fixOf(drift, worst, jail.name);
        return [found(evidence.join("; "), worst.mined.last, fix)];
      }
      if (isUnknownLog(jail, facts, jails)) return [noneRecognized(jail, now)];
      if (facts.shareDrifted && (jails === 1 || jail.unrecognized > 0)) {
        const before = `${formatPart(1 - (facts.usual?.unknown ?? 0))} before`;
        const evidence = [`${share} (${before})`, ...changeOf(facts)].join("; ");
        return [found(evidence, now, `bailiff drift ${jail.name} shows the lines`)];
      }
      if (unknown > MAX_UNKNOWN_SHARE)
        return [{ kind: "unproven", link, evidence: `only ${share}${EARLIER_LINES}` }];
      return [{ kind: "proven", link, evidence: share, at: facts.lastLine ?? now }];
    },
  };
}

/** Finds failures in the jail's lines that do not count, whatever the filter's usual share of recognized lines is. */
function findUncounted(
  live: LiveJail,
  refused: string | undefined,
  opinion: SecondOpinion,
  now: Instant,
): Proof | undefined {
  const { jail } = live;
  if (isRefusedOffense(jail) && refused !== undefined)
    return senderUnproven(live, refused, jail.unproven.offense?.at ?? now);
  const uncounted = uncountedFailuresOf(jail);
  if (uncounted !== undefined) return noAddress(jail, uncounted);
  const missed = opinion.missedBy(live);
  if (missed !== undefined) return failuresMissed(jail, missed, now);
  if (jail.hidden !== undefined && hasHiddenClients(jail)) return clientHidden(jail.hidden);
  const isDoubtful = jail.doubted >= Math.min(jail.config.maxretry, MIN_LINES);
  return isDoubtful ? quoteOpen(live, now) : undefined;
}

/**
 * Reports whether lines of an unproven sender would have caused a ban. Lines of a service always count here. Lines that
 * any login account can write count only if the jail got no trusted line.
 */
function isRefusedOffense({ unproven, recognized, unrecognized }: Jail): boolean {
  const { offense } = unproven;
  if (offense === undefined) return false;
  return recognized + unrecognized === 0 || isService(offense.sender);
}

function uncountedFailuresOf({ failures, unaddressed, config }: Jail): Unaddressed | undefined {
  const { maxretry } = config;
  return unaddressed && uncountedFailures(unaddressed, { counted: failures, maxretry });
}

function noAddress({ filter }: Jail, unaddressed: Unaddressed): Proof {
  const evidence = describeUnaddressed(unaddressed);
  const fix = fixUnaddressed(unaddressed, filter.name);
  return { kind: "found", link, cause: "no-address", evidence, at: unaddressed.at, fix };
}

function failuresMissed({ name, filter }: Jail, missed: MissedFailures, at: Instant): Proof {
  const { failures, ip, filter: other, line } = missed;
  const evidence = `filter ${filter.name} recognizes none of ${amount(failures, "failed login")}, most from ${ip}, that bailiff's filter ${other} finds in the newest lines, such as "${line}"`;
  const fix = `its expressions are older than the service: update them, or use bailiff's filter: filter = "${other}" in [jails.${name}] of bailiff's configuration`;
  return { kind: "found", link, cause: "failures-missed", evidence, at, fix };
}

/** Minimum share of hidden clients that is reported; a smaller one may be lines that were cut. */
const MIN_HIDDEN_SHARE = 0.1;

function hasHiddenClients({ failures, hidden, config }: Jail): boolean {
  const count = hidden?.failures ?? 0;
  return count >= config.maxretry && count >= (failures + count) * MIN_HIDDEN_SHARE;
}

function clientHidden(hidden: HiddenClients): Proof {
  const evidence = describeHiddenClients(hidden);
  const fix = fixHiddenClients(hidden);
  return { kind: "found", link, cause: "client-hidden", evidence, at: hidden.at, fix };
}

function senderUnproven(live: LiveJail, refused: string, at: Instant): Proof {
  const evidence = `${refused}; they would have reached maxretry, but the journal match proves no sender`;
  return { kind: "found", link, cause: "sender-unproven", evidence, at, fix: fixUnproven(live) };
}

/** Returns the jail's share of unrecognized lines since the start. The saved days cover all jails of the filter. */
function ownShare({ recognized, unrecognized }: Jail): DriftFacts["recent"] {
  const lines = recognized + unrecognized;
  return { lines, unknown: unrecognized / lines };
}

function quoteOpen({ jail, search }: LiveJail, now: Instant): Proof {
  const { doubted, filter, lastLineAt } = jail;
  const why =
    search.source?.kind === "journal"
      ? "are entries of the journal for single lines of the service's output, where a quote may be open"
      : "came behind a quote that was not closed";
  const evidence = `the last ${amount(doubted, "line")} ${why}, so a client may have written them as they are`;
  const fix = fixOpenQuote(filter.name);
  return { kind: "found", link, cause: "quote-open", evidence, at: lastLineAt ?? now, fix };
}

/** Number of unrecognized lines that raise a doubt even if maxretry is higher. */
const MIN_LINES = 5;

/** Reports whether lines came and the jail's rules recognized none, since the start and in the saved days. */
function isUnknownLog(jail: Jail, { recent }: DriftFacts, jails: number): boolean {
  if (jail.recognized > 0) return false;
  if (jail.unrecognized < Math.min(jail.config.maxretry, MIN_LINES)) return false;
  return recent.unknown === 1 || jails > 1;
}

function noneRecognized({ name, filter, unrecognized }: Jail, at: Instant): Proof {
  const lines = amount(unrecognized, "line");
  const evidence = `${lines}, none recognized: no rule of filter ${filter.name} recognizes a line of this log`;
  const fix = `bailiff drift ${name} shows the lines; correct the filter's rules, or add one with is = "neutral" for lines that say nothing`;
  return { kind: "found", link, cause: "none-recognized", evidence, at, fix };
}

function describeUnheard({ filter }: Jail, name: string, source: SourceStatus | undefined): string {
  const lines = source?.lines ?? 0;
  if (lines === 0) return `no line of ${name} was read yet`;
  return filter.createRecognizer === undefined
    ? `none of the ${amount(lines, "line")} read is of ${name}`
    : `none of the ${amount(lines, "line")} read is a failure`;
}

function found(evidence: string, at: Instant, fix: string): Proof {
  return { kind: "found", link, cause: "drift", evidence, at, fix };
}

function describeShape({ mined, suspicion }: DriftShape): string {
  const since = formatInstant(mined.first);
  return `${amount(mined.count, "line")} since ${since} that no rule recognizes ${mined.count === 1 ? "looks like a failure" : "look like failures"}: "${mined.text}" (${suspicion.reasons.join(", ")})`;
}

function others(count: number): readonly string[] {
  return count === 0 ? [] : [`${count} more such messages`];
}

function fixOf(drift: DriftWatch, shape: DriftShape, jail: string): string {
  return drift.proposed(shape) === "safe"
    ? `bailiff drift --accept ${shape.number} ${jail} adds a rule that recognizes them`
    : `bailiff drift ${jail} shows them and what to do`;
}
