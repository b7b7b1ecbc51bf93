/** Answers `drift`: unrecognized lines, and rules that would recognize them. */
import type { DriftReply, DriftShapeReply, RuleReply } from "../../drift-messages.ts";
import { formatInstant, type Instant } from "../../../domain/instant.ts";
import type { Result } from "../../../domain/result.ts";
import type { ProposedRule } from "../../../health/drift/propose-rule.ts";
import { nextTurn } from "../../../host/timers.ts";
import { changeOf } from "../../../health/describe-change.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import { requireJail } from "../describe-status.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { DriftShape, ProgramDrift } from "../../../health/program-drift.ts";
import type { RuleProposals } from "../../../health/rule-proposals.ts";

/** Maximum number of shapes in a reply, the most suspicious first. */
const MAX_SHAPES = 50;

export async function describeDrift(
  daemon: Daemon,
  jail: string | undefined,
  now: Instant,
): Promise<readonly DriftReply[]> {
  const jails = jail === undefined ? daemon.jails : [requireJail(daemon, jail)];
  const byFilter = Map.groupBy(jails, (live) => live.jail.filter.name);
  const replies: DriftReply[] = [];
  await daemon.drift.catchUp();
  for (const [name, users] of byFilter) {
    const program = daemon.drift.of(name);
    const [first] = users;
    if (first === undefined) continue;
    replies.push(
      program === undefined
        ? describeUnread(daemon, name, users)
        : await describeProgram(daemon, { name, users, program, first }, now),
    );
  }
  return replies;
}

interface Watched {
  readonly name: string;
  readonly users: readonly LiveJail[];
  readonly first: LiveJail;
  readonly program: ProgramDrift;
}

/** A filter whose jails have read nothing, for example because no log was found, or whose lines are not measured. */
function describeUnread(daemon: Daemon, filter: string, users: readonly LiveJail[]): DriftReply {
  const counts = { lines: 0, unrecognized: 0, skipped: 0, evicted: 0 };
  return {
    ...measuredOf(users),
    ...{ filter, jails: users.map(({ jail }) => jail.name), ...counts, usual: null, change: null },
    ...{ directories: daemon.config.filters.directories, shapes: [], shapes_not_listed: 0 },
  };
}

function measuredOf(users: readonly LiveJail[]): Pick<DriftReply, "measured"> {
  const isMeasured = users.every(({ definition }) => definition.python === undefined);
  return isMeasured ? {} : { measured: false };
}

async function describeProgram(
  daemon: Daemon,
  { name, users, first, program }: Watched,
  now: Instant,
): Promise<DriftReply> {
  const facts = program.facts(now);
  const rules = await daemon.drift.proposals();
  const shapes: DriftShapeReply[] = [];
  const all = program.shapes();
  for (const shape of all.slice(0, MAX_SHAPES)) {
    shapes.push(describeShape(rules, { first, program, shape }));
    // Lets the event loop read log lines, because testing a rule for forgery is slow.
    await nextTurn();
  }
  return {
    ...measuredOf(users),
    filter: name,
    jails: users.map(({ jail }) => jail.name),
    lines: facts.recent.lines,
    unrecognized: facts.recent.unknown,
    usual: facts.usual?.unknown ?? null,
    change: changeOf(facts)[0] ?? null,
    skipped: facts.skipped,
    evicted: facts.evicted,
    directories: daemon.config.filters.directories,
    shapes,
    shapes_not_listed: all.length - shapes.length,
  };
}

function describeShape(
  rules: RuleProposals,
  { first, program, shape }: Pick<Watched, "first" | "program"> & { readonly shape: DriftShape },
): DriftShapeReply {
  const { mined, suspicion, number } = shape;
  const question = { definition: first.definition, program, shape };
  const proposal = rules.of(question);
  return {
    number,
    shape: mined.text,
    key: mined.key,
    lines: mined.count,
    addresses: mined.addresses(),
    first: formatInstant(mined.first),
    last: formatInstant(mined.last),
    examples: mined.examples,
    reasons: suspicion.reasons,
    failures: suspicion.failures,
    proposal: describeRule(proposal),
    why_not: proposal.ok ? null : proposal.error,
    dismissal: describeRule(rules.neutral(question)),
  };
}

function describeRule(rule: Result<ProposedRule, string>): RuleReply | null {
  if (!rule.ok) return null;
  const { id, is, counts, line, sample } = rule.value;
  const { line: text, ip = null, user = null } = sample;
  return {
    id,
    is: is === "neutral" ? is : "failure",
    counts,
    line,
    sample: { line: text, ip, user },
  };
}
