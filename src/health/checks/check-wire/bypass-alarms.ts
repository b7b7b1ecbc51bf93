/**
 * Keeps alarms about banned addresses that are still active, with the drop counters that explain them. Bounded by the
 * bypasses that judge/ban-bypasses.ts keeps; a finished bypass is removed here too.
 */
import { duration, formatDuration } from "../../../domain/duration.ts";
import type { EnforcedBlock } from "../../../domain/enforcer.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import type { Proof } from "../../../domain/proof.ts";
import { riseFrom } from "../../../domain/rise-from.ts";
import {
  explainBanBypass,
  type BypassFacts,
  type BypassFinding,
} from "../../judge/explain-ban-bypass.ts";
import type { BanBypass } from "../../judge/ban-bypasses.ts";

/** Facts about a bypass from the host and the other checks. */
export type TalkSurroundings = Pick<BypassFacts, "trouble" | "jailScope" | "path">;

export interface Alarm extends BypassFinding {
  readonly bypass: BanBypass;
  readonly at: Instant;
  /** Packets dropped since the first line that the ban should have prevented; undefined: not counted. */
  readonly dropped: number | undefined;
}

/** The drop counter of a block when a line of its subject came; undefined: no block, or one without a counter. */
interface Reading {
  readonly lines: number;
  readonly packets: number | undefined;
}

export class BypassAlarms {
  /** Alarms by jail and subject; the next two maps have the same keys. */
  readonly #alarms = new Map<string, Alarm>();
  readonly #atFirstLine = new Map<string, Reading>();
  readonly #atLastLine = new Map<string, Reading>();

  noteFirstLine(bypass: BanBypass, block: EnforcedBlock | undefined): void {
    const key = keyOf(bypass);
    const { lines } = bypass;
    if (lines === 1 || !this.#atFirstLine.has(key))
      this.#atFirstLine.set(key, { lines, packets: block?.packets });
  }

  /** Explains the bypass again; returns its alarm if the explanation changed. */
  update(
    bypass: BanBypass,
    block: EnforcedBlock | undefined,
    surroundings: TalkSurroundings,
    now: Instant,
  ): Alarm | undefined {
    const key = keyOf(bypass);
    const dropped = riseSince(this.#atFirstLine.get(key), block);
    const found = explainBanBypass(bypass, {
      ...surroundings,
      held: block !== undefined,
      dropped,
      droppedSinceLine: this.#droppedSinceLine(bypass, block),
    });
    const before = this.#alarms.get(key);
    const alarm = { ...found, bypass, at: now, dropped };
    this.#alarms.set(key, alarm);
    return before?.cause === found.cause && before.fix === found.fix ? undefined : alarm;
  }

  /** Returns the packets dropped since the newest line; undefined when that line is first seen. */
  #droppedSinceLine(bypass: BanBypass, block: EnforcedBlock | undefined): number | undefined {
    const key = keyOf(bypass);
    const before = this.#atLastLine.get(key);
    if (before?.lines === bypass.lines) return riseSince(before, block);
    this.#atLastLine.set(key, { lines: bypass.lines, packets: block?.packets });
    return undefined;
  }

  forget(bypass: BanBypass): void {
    const key = keyOf(bypass);
    this.#alarms.delete(key);
    this.#atFirstLine.delete(key);
    this.#atLastLine.delete(key);
  }

  bypasses(): readonly BanBypass[] {
    return [...this.#alarms.values()].map(({ bypass }) => bypass);
  }

  of(jail: JailName): readonly Alarm[] {
    return [...this.#alarms.values()].filter(({ bypass }) => bypass.jail === jail);
  }
}

/** Returns one proof for all alarms of a jail: the worst one, and the number of others. */
export function worstOf(alarms: readonly Alarm[], now: Instant): Proof | undefined {
  const [worst] = [...alarms].sort((a, b) => rank(a) - rank(b) || b.bypass.lines - a.bypass.lines);
  if (worst === undefined) return undefined;
  const { cause, fix, at } = worst;
  const more =
    alarms.length > 1 ? `; ${alarms.length - 1} more banned addresses are still active` : "";
  const age = duration(now - at);
  const checked = age < 60_000 ? "" : ` (checked ${formatDuration(age)} ago)`;
  return { kind: "found", link: "wire", cause, evidence: worst.evidence + more + checked, at, fix };
}

/** Returns the sort order: a ban without effect comes before one with a partial effect. */
function rank({ cause }: Alarm): number {
  return cause === "ban-bypassed" ? 0 : 1;
}

function riseSince(
  before: Reading | undefined,
  block: EnforcedBlock | undefined,
): number | undefined {
  return before?.packets === undefined || block?.packets === undefined
    ? undefined
    : riseFrom(before.packets, block.packets);
}

export function keyOf({ jail, subject }: Pick<BanBypass, "jail" | "subject">): string {
  return `${jail} ${subject}`;
}
