/**
 * Stores login sessions that may have further lines, as an attempt counter saves them. Bounded by the counter: a slot
 * that is used again replaces its row. Deleted once no line can belong to them any more.
 */
import type { DatabaseSync } from "node:sqlite";
import { type Duration, duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { SessionChanges, SessionState } from "../../domain/session-state.ts";
import {
  instantIn,
  integerIn,
  optionalTextIn,
  type Row,
  wholeCount,
  wholeInstant,
} from "./columns.ts";
import { allRows, type OnUnreadable, readEach } from "./read-rows.ts";

export interface Sessions {
  save(jail: JailName, changes: SessionChanges): void;
  of(jail: JailName): readonly SessionState[];
  forget(before: Instant): void;
}

/** How long sessions are stored: longer than lines can belong to one. */
export const SESSIONS_KEPT: Duration = duration(86_400_000);

export function createSessions(database: DatabaseSync, onUnreadable: OnUnreadable): Sessions {
  const save = database.prepare("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const clear = database.prepare("DELETE FROM sessions WHERE jail = ?");
  const list = database.prepare("SELECT * FROM sessions WHERE jail = ?");
  const forgotten = database.prepare("DELETE FROM sessions WHERE at < ?");
  return {
    save(jail, { whole, sessions }) {
      if (whole) clear.run(jail);
      for (const { slot, key, at, waiting, progress, peer, user } of sessions) {
        const numbers = [key, wholeInstant(at), wholeCount(waiting), progress] as const;
        save.run(jail, slot, ...numbers, peer ?? null, user ?? null);
      }
    },
    of: (jail) => readEach(allRows(list, jail), sessionIn, onUnreadable),
    forget: (before) => {
      forgotten.run(before);
    },
  };
}

function sessionIn(row: Row): SessionState {
  const peer = optionalTextIn(row, "peer");
  return {
    slot: integerIn(row, "slot"),
    key: integerIn(row, "key"),
    at: instantIn(row, "at"),
    waiting: integerIn(row, "waiting"),
    progress: integerIn(row, "progress"),
    peer: peer === undefined ? undefined : parseIp(peer),
    user: optionalTextIn(row, "user"),
  };
}
