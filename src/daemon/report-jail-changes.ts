import type { JailName } from "../domain/jail-name.ts";
import type { Emit } from "../telemetry/events.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";
import { isByHand } from "../jails/by-hand.ts";
import { describePolicy } from "../jails/describe-policy.ts";
import { describeSearch } from "../pipeline/sources/describe-search.ts";

export interface Changes {
  readonly before: readonly LiveJail[];
  readonly after: readonly LiveJail[];
  /** Built-in jails; a missing log of their program is no error. */
  readonly builtIn: readonly JailName[];
  readonly whereOf: (live: LiveJail) => string;
}

/** Reports which jails stopped, started to read, or have no source; `proofs.ts` reports states. */
export function reportJailChanges({ before, after, builtIn, whereOf }: Changes, emit: Emit): void {
  for (const { jail } of before) {
    const stays = after.some((live) => live.jail.name === jail.name);
    if (!stays) emit({ event: "jail-stopped", jail: jail.name });
  }
  for (const live of after) {
    const { jail, search } = live;
    const old = before.find((other) => other.jail === jail);
    if (old !== undefined && (old.search.source !== undefined || search.source === undefined))
      continue;
    if (search.source !== undefined) {
      const policy = describePolicy(jail.config);
      emit({
        event: "jail-started",
        jail: jail.name,
        source: isByHand(jail.config) ? "none" : whereOf(live),
        policy,
      });
    } else if (builtIn.includes(jail.name)) {
      emit({ event: "source-waiting", source: jail.name, reason: describeSearch(search) });
    }
  }
}
