/**
 * The wire link: packets of the banned are dropped, and the banned are heard no more. Samples the kernel's drop counters
 * of the newest bans and of the busiest at every look; is told of every failure counted, and when a banned subject goes
 * on being heard, repairs first, then says what explains it. Bounded by what still-talking.ts and dropped-packets.ts keep.
 */
import { stackOf } from "../../domain/thrown-error.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { BookedBan } from "../../domain/ban.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Clock } from "../../domain/clock.ts";
import { duration, formatDuration } from "../../domain/duration.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { OBSERVED, type PortScope } from "../../domain/port-scope.ts";
import type { Proof } from "../../domain/proof.ts";
import {
  createDroppedPackets,
  describeRises,
  type Rise,
  riseFrom,
} from "../judge/dropped-packets.ts";
import { explainTalk, type TalkFacts, type TalkFound } from "../judge/explain-talk.ts";
import { createStillTalking, type HeardLine, type Talk } from "../judge/still-talking.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Firewall } from "../../firewall/firewall.ts";
import { explainNoFirewall } from "../../jails/ban-means.ts";
import type { JailCheck } from "../jail-check.ts";

export interface WireCheckOptions {
  readonly book: BanBook;
  readonly firewall: Firewall;
  readonly clock: Clock;
  readonly emit: Emit;
  /** What is known of the link "path" of a jail. */
  readonly pathOf: (jail: JailName, now: Instant) => readonly Proof[];
  /** Ports that a jail closes by now; undefined: there is no such jail. */
  readonly scopeOf: (jail: JailName) => PortScope | undefined;
  /** Called after something was found or is over. */
  readonly changed: () => void;
}

export interface WireCheck extends JailCheck {
  /** Their bans began, changed or ended, or were found to be there. */
  bansChanged(subjects: readonly Subject[]): void;
  /** A failure was counted. In the main path: a look into a map. */
  heard(line: HeardLine): void;
}

/** Bans whose counters are read at a look, beside the busiest. */
const SAMPLED = 64;
/** Of bans that change together the last; no more are remembered anyway. */
const MOST_AT_ONCE = 256;
const link = "wire";

interface Alarm extends TalkFound {
  readonly talk: Talk;
  readonly at: Instant;
}

interface Seen {
  readonly evidence: string;
  readonly at: Instant;
}

export function createWireCheck(options: WireCheckOptions): WireCheck {
  const { book, firewall, clock, emit } = options;
  const talks = createStillTalking();
  const counters = createDroppedPackets();
  const dropped = new Map<JailName, Seen>();
  /** By jail and subject. Not more than talks are kept. */
  const alarms = new Map<string, Alarm>();
  /** The drop counter when the first line came that should not have. */
  const atFirstLine = new Map<string, number | undefined>();
  /** The drop counter when its newest line was first seen. */
  const atLastLine = new Map<string, { readonly lines: number; readonly packets?: number }>();
  const due = new Map<string, Talk>();
  let working: Promise<void> | undefined;

  function bansChanged(subjects: readonly Subject[]): void {
    for (const subject of subjects.slice(-MOST_AT_ONCE)) {
      for (const ban of bansOf(subject)) {
        const known = talks.of(ban.jail, subject);
        talks.banned(ban);
        if (known === undefined && ban.state === "pending") counters.begins(ban, clock.now());
      }
    }
  }

  /** Those that are to drop packets, and are no trials of our own. */
  function bansOf(subject: Subject): readonly BookedBan[] {
    return book
      .bansOf(subject)
      .filter(
        (ban) => ban.subject === subject && ban.scope !== OBSERVED && ban.origin !== "canary",
      );
  }

  function heard(line: HeardLine): void {
    const what = talks.heard(line, clock.now());
    if (what === "nothing") return;
    const talk = talks.of(line.jail, line.subject);
    if (talk === undefined || firewall.missing !== undefined) return;
    due.set(keyOf(talk), talk);
    working ??= work().finally(() => {
      working = undefined;
    });
  }

  /** One after the other, off the main path. */
  async function work(): Promise<void> {
    for (const [key, talk] of due) {
      due.delete(key);
      try {
        await examine(talk, key);
      } catch (error) {
        const reason = stackOf(error);
        emit({ event: "bug", part: "check wire", reason });
      }
    }
  }

  async function examine(talk: Talk, key: string): Promise<void> {
    if (isOver(talk)) return forget(talk, key);
    const before = await blockOf(talk);
    if (talk.lines === 1 || !atFirstLine.has(key)) atFirstLine.set(key, before?.packets);
    if (!talks.insisting(clock.now()).includes(talk)) return;
    if (before === undefined) {
      await firewall.enforcement.reconcile("request");
      // The block was gone and is back: that explains the lines so far.
      if ((await blockOf(talk)) !== undefined) return talks.restart(talk.jail, talk.subject);
    }
    judge(talk, key, before);
  }

  function judge(talk: Talk, key: string, block: EnforcedBlock | undefined): void {
    const now = clock.now();
    const facts: TalkFacts = {
      held: block !== undefined,
      trouble: firewall.enforcement.trouble(),
      dropped: droppedSince(atFirstLine.get(key), block?.packets),
      droppedSinceLine: droppedSinceLine(talk, key, block),
      jailScope: options.scopeOf(talk.jail),
      path: options.pathOf(talk.jail, now),
    };
    const found = explainTalk(talk, facts);
    const known = alarms.get(key);
    alarms.set(key, { ...found, talk, at: now });
    if (known?.cause === found.cause && known.fix === found.fix) return;
    const { jail, subject: ip, since, lines } = talk;
    const { cause, why: reason, fix } = found;
    emit({
      event: "still-talking",
      jail,
      ip,
      since,
      lines,
      dropped: facts.dropped,
      cause,
      reason,
      fix,
    });
    options.changed();
  }

  function droppedSinceLine(
    { lines }: Talk,
    key: string,
    block: EnforcedBlock | undefined,
  ): number | undefined {
    const known = atLastLine.get(key);
    if (known?.lines === lines) return droppedSince(known.packets, block?.packets);
    const { packets } = block ?? {};
    atLastLine.set(key, { lines, ...(packets === undefined ? {} : { packets }) });
    return undefined;
  }

  /** Only what the kernel itself holds counts, and nothing else is asked of it. */
  async function blockOf({ subject, scope }: Talk): Promise<EnforcedBlock | undefined> {
    const blocks = await firewall.enforcement.count([subject]);
    return blocks.find((block) => block.scope === scope);
  }

  function isOver({ jail, subject }: Talk): boolean {
    return book.ban(jail, subject) === undefined;
  }

  function forget({ jail, subject }: Talk, key: string): void {
    talks.forget(jail, subject);
    alarms.delete(key);
    atFirstLine.delete(key);
    atLastLine.delete(key);
  }

  async function look(): Promise<void> {
    if (firewall.missing !== undefined) return;
    takeOverBusiest();
    const now = clock.now();
    const insisting = talks.insisting(now);
    for (const [key, { talk }] of alarms)
      if (!insisting.includes(talk) || isOver(talk)) forget(talk, key);
    const sampled = new Set([...insisting, ...talks.newest(SAMPLED)].map(({ subject }) => subject));
    for (const subject of firewall.enforcement.busiest()) sampled.add(subject);
    if (sampled.size === 0) return;
    const blocks = await firewall.enforcement.count([...sampled]);
    noteRises(counters.read(blocks, clock.now()));
    for (const [key, { talk }] of alarms) {
      const { subject, scope } = talk;
      judge(
        talk,
        key,
        blocks.find((block) => block.subject === subject && block.scope === scope),
      );
    }
  }

  /** Those of a run before, and those that fell out of what is remembered. */
  function takeOverBusiest(): void {
    for (const subject of firewall.enforcement.busiest()) {
      for (const ban of bansOf(subject)) talks.banned(ban);
    }
  }

  function noteRises(rises: readonly Rise[]): void {
    const byJail = new Map<JailName, Rise[]>();
    for (const rise of rises) {
      for (const { scope, jail } of bansOf(rise.subject)) {
        if (scope !== rise.scope) continue;
        byJail.set(jail, [...(byJail.get(jail) ?? []), rise]);
      }
    }
    for (const [jail, own] of byJail)
      dropped.set(jail, { evidence: describeRises(own), at: own[0]?.at ?? clock.now() });
  }

  return {
    name: "wire",
    look,
    bansChanged,
    heard,
    proofs({ live }, now): readonly Proof[] {
      const { name, config } = live.jail;
      const unused = explainNoFirewall(config);
      if (unused !== undefined) return [{ kind: "unproven", link, evidence: unused }];
      if (firewall.missing !== undefined)
        return [{ kind: "unproven", link, evidence: "nothing is enforced" }];
      const own = [...alarms.values()].filter(({ talk }) => talk.jail === name && !isOver(talk));
      const found = foundIn(own, now);
      const seen = dropped.get(name);
      const proven: readonly Proof[] =
        seen === undefined ? [] : [{ kind: "proven", link, ...seen }];
      if (found !== undefined) return [found, ...proven];
      if (seen !== undefined) return proven;
      const evidence =
        (book.countBans().get(name) ?? 0) === 0
          ? "nobody is banned"
          : "no banned address has sent anything yet";
      return [{ kind: "unproven", link, evidence }];
    },
  };
}

function foundIn(alarms: readonly Alarm[], now: Instant): Proof | undefined {
  const [worst] = [...alarms].sort((a, b) => rank(a) - rank(b) || b.talk.lines - a.talk.lines);
  if (worst === undefined) return undefined;
  const { cause, fix } = worst;
  const more =
    alarms.length > 1 ? `; ${alarms.length - 1} more banned addresses are heard as well` : "";
  const age = duration(now - worst.at);
  const checked = age < 60_000 ? "" : ` (looked at ${formatDuration(age)} ago)`;
  return {
    kind: "found",
    link,
    cause,
    evidence: worst.evidence + more + checked,
    at: worst.at,
    fix,
  };
}

/** A ban that bites not at all before one that bites in part. */
function rank({ cause }: Alarm): number {
  return cause === "still-talking" ? 0 : 1;
}

function droppedSince(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : riseFrom(before, after);
}

function keyOf({ jail, subject }: Pick<Talk, "jail" | "subject">): string {
  return `${jail} ${subject}`;
}
