/**
 * Compares drop counters between readings, to prove that bans work. Remembers the last reading of at most MAX_READINGS
 * blocks, dropping the oldest first. Pure: times are arguments.
 */
import { amount } from "../../domain/amount.ts";
import type { Subject } from "../../domain/cidr.ts";
import { type Duration, duration, formatDuration } from "../../domain/duration.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import type { Instant } from "../../domain/instant.ts";
import type { PortScope } from "../../domain/port-scope.ts";
import { riseFrom } from "../../domain/rise-from.ts";

/** A counter that rose between two readings. */
export interface Rise {
  readonly subject: Subject;
  readonly scope: PortScope;
  readonly packets: number;
  readonly within: Duration;
  readonly at: Instant;
}

export interface DroppedPackets {
  /** Notes a ban that begins now, with a counter of zero. */
  begins(block: Pick<EnforcedBlock, "subject" | "scope">, now: Instant): void;
  /** Returns the counters that rose since the last reading. */
  read(blocks: readonly EnforcedBlock[], now: Instant): readonly Rise[];
}

const MAX_READINGS = 512;

interface Reading {
  readonly packets: number;
  readonly at: Instant;
}

export function createDroppedPackets(): DroppedPackets {
  const readings = new Map<string, Reading>();

  function remember(key: string, reading: Reading): void {
    readings.delete(key);
    readings.set(key, reading);
    for (const oldest of readings.keys()) {
      if (readings.size <= MAX_READINGS) break;
      readings.delete(oldest);
    }
  }

  return {
    begins: ({ subject, scope }, now) => remember(`${subject} ${scope}`, { packets: 0, at: now }),
    read: (blocks, now) =>
      blocks.flatMap(({ subject, scope, packets }) => {
        if (packets === undefined) return [];
        const key = `${subject} ${scope}`;
        const before = readings.get(key);
        remember(key, { packets, at: now });
        // A first reading proves nothing, because the age of its packets is unknown. A counter that fell belongs to a
        // re-created block.
        const risen = before === undefined ? 0 : riseFrom(before.packets, packets);
        if (before === undefined || risen === 0) return [];
        return [{ subject, scope, packets: risen, within: duration(now - before.at), at: now }];
      }),
  };
}

/** Describes the counters that rose in one reading. */
export function describeRises(rises: readonly Rise[]): string {
  const [most] = [...rises].sort((a, b) => b.packets - a.packets);
  if (most === undefined) return "";
  const within = `within ${formatDuration(most.within)}`;
  const of = `${amount(most.packets, "packet")} of ${most.subject}`;
  if (rises.length === 1) return `dropped ${of} ${within}`;
  const all = rises.reduce((sum, { packets }) => sum + packets, 0);
  return `dropped ${amount(all, "packet")} of ${rises.length} banned addresses ${within}, ${of}`;
}
