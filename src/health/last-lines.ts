/**
 * Keeps the time of each jail's newest line across restarts, so that a restart does not show "never". Writes at most
 * once a minute for each jail, and when the daemon stops.
 */
import * as v from "valibot";
import { type Instant, instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { StateStore } from "../record/state-store.ts";
import { parseJson } from "../domain/json.ts";

export interface LastLine {
  /** Newest line of any program. */
  readonly line: Instant | undefined;
  /** Newest line of the jail's programs. */
  readonly heard: Instant | undefined;
}

export interface LastLines {
  /** Updates the newest times. `where` names the log: times of another log do not apply. */
  note(jail: JailName, where: string, seen: LastLine, now: Instant): void;
  of(jail: JailName, where: string): LastLine;
  /** The wall clock was stepped by this many milliseconds: lines keep their age. */
  shift(step: number): void;
  /** Saves what has changed since the last call. */
  save(): void;
}

const SAVE_EVERY_MS = 60_000;
const NONE: LastLine = { line: undefined, heard: undefined };
const STATE = v.object({
  where: v.string(),
  line: v.nullable(v.number()),
  heard: v.nullable(v.number()),
});

interface Known extends LastLine {
  readonly where: string;
  savedAt: number;
  unsaved: boolean;
}

export function createLastLines(stateStore: StateStore): LastLines {
  const all = new Map<JailName, Known>();

  function knownOf(jail: JailName): Known | undefined {
    const known = all.get(jail) ?? recall(stateStore, jail);
    if (known !== undefined) all.set(jail, known);
    return known;
  }

  function of(jail: JailName, where: string): LastLine {
    const known = knownOf(jail);
    return known?.where === where ? known : NONE;
  }

  function write(jail: JailName, known: Known, now: number): void {
    const { where, line = null, heard = null } = known;
    stateStore.save(stateName(jail), JSON.stringify({ where, line, heard }));
    known.savedAt = now;
    known.unsaved = false;
  }

  return {
    note(jail, where, seen, now) {
      const before = of(jail, where);
      const line = later(before.line, seen.line);
      const heard = later(before.heard, seen.heard);
      if (line === before.line && heard === before.heard) return;
      const savedAt = all.get(jail)?.savedAt ?? Number.NEGATIVE_INFINITY;
      const known = { where, line, heard, savedAt, unsaved: true };
      all.set(jail, known);
      if (Math.abs(now - savedAt) >= SAVE_EVERY_MS) write(jail, known, now);
    },
    of,
    shift(step) {
      const moved = (at: Instant | undefined): Instant | undefined => at && instant(at + step);
      for (const known of all.values())
        Object.assign(known, {
          line: moved(known.line),
          heard: moved(known.heard),
          savedAt: known.savedAt + step,
          unsaved: true,
        });
    },
    save() {
      for (const [jail, known] of all) if (known.unsaved) write(jail, known, known.savedAt);
    },
  };
}

function later(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? b : a;
}

function stateName(jail: JailName): string {
  return `last-line ${jail}`;
}

function recall(stateStore: StateStore, jail: JailName): Known | undefined {
  const kept = v.safeParse(STATE, parseJson(stateStore.load(stateName(jail))));
  if (!kept.success) return undefined;
  const { where, line, heard } = kept.output;
  const at = (time: number | null): Instant | undefined =>
    time === null || !Number.isFinite(time) ? undefined : instant(time);
  return { where, line: at(line), heard: at(heard), savedAt: 0, unsaved: false };
}
