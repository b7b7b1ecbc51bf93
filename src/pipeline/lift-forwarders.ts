/**
 * Unbans peers that the log of one jail shows to forward for clients. A jail whose log names only the peer may have
 * banned it before that log was read.
 */
import type { BanBook } from "../domain/ban-book.ts";
import type { Instant } from "../domain/instant.ts";
import type { BanKey } from "../firewall/ban-key.ts";
import type { Jail } from "../jails/jail.ts";
import type { ForwardingClaim } from "../jails/suspected-proxies.ts";
import type { Emit } from "../telemetry/events.ts";

export interface LiftForwardersOptions {
  readonly book: Pick<BanBook, "activeBans" | "close">;
  readonly emit: Emit;
  readonly jails: readonly Pick<Jail, "name" | "config">[];
  readonly now: Instant;
}

/** Keeps bans by hand, and those of jails without proxies (`trusted_proxies = []`). Returns the keys to apply. */
export function liftForwarders(
  claims: readonly ForwardingClaim[],
  { book, emit, jails, now }: LiftForwardersOptions,
): readonly BanKey[] {
  const without = new Set(
    jails.filter(({ config }) => config.trusted_proxies?.length === 0).map(({ name }) => name),
  );
  return claims.flatMap(({ jail, peer }): readonly BanKey[] => {
    const bans = [...book.activeBans({ near: peer })].filter(
      (ban) => ban.origin === "detected" && !without.has(ban.jail),
    );
    if (bans.length === 0) return [];
    const reason = `it looks like a proxy: its lines in jail ${jail} name other clients`;
    const order = { who: "daemon", reason, failures: "kept" } as const;
    return book.close({ bans }, order, now).map(({ subject, scope, jail: name }) => {
      emit({ event: "unban", jail: name, ip: subject, reason, who: "daemon" });
      return { subject, scope, jail: name };
    });
  });
}
