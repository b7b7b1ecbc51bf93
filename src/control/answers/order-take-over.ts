/** Imports bans of another program, through the running daemon or directly into its database if none runs. */
import { enabledJails } from "../../config/config.ts";
import type { Commands } from "../messages.ts";
import type { TakenBan, TakeOverReply } from "../take-over-messages.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Subject } from "../../domain/cidr.ts";
import { CodedError } from "../../domain/errors.ts";
import { formatPresence } from "../../domain/presence.ts";
import { hostAddresses, resolveName } from "../../host/host.ts";
import { Allow } from "../../pipeline/allow/allow.ts";
import { announceTogether } from "../../pipeline/announce-together.ts";
import { compileJails } from "../../jails/compile-jails.ts";
import { announceBans } from "../../pipeline/announce-bans.ts";
import type { Loaded } from "../../jails/load-all.ts";
import { openDaemonBook } from "../../daemon/open-daemon-book.ts";
import type { OrderContext } from "./order-bans.ts";
import { ownConnection, requirePeer } from "./own-connection.ts";
import { takeOver } from "./take-over.ts";

export async function orderTakeOver(
  { daemon, who, now, emit }: OrderContext,
  { from, bans, peer }: Commands["take_over"]["in"],
): Promise<TakeOverReply> {
  requirePeer(peer);
  const { book, allow, guards } = daemon;
  const { results, openings } = takeOver(
    {
      ...{ book, allow, jails: daemon.jails.map(({ jail }) => jail) },
      present: (subject, jail) => {
        const [first] = guards.presencesAt(subject, jail.config.key_login);
        return ownConnection(subject, peer) ?? (first && formatPresence(first));
      },
    },
    { from, bans, who, now },
  );
  const reason = `taken over from ${from}`;
  const announcer = announceTogether(bans.length, { emit, who, reason });
  const keys = announceBans(openings, now, announcer.emit);
  announcer.finish();
  await daemon.onBansChanged(keys);
  return { results };
}

export interface OfflineOrder {
  readonly from: string;
  readonly bans: readonly TakenBan[];
  readonly who: string;
  readonly peer: string | undefined;
  readonly clock: Clock;
}

/** Imports bans into the database. Throws a CodedError "already-running" if a daemon has locked the state. */
export async function takeOverOffline(
  loaded: Loaded,
  { from, bans, who, peer, clock }: OfflineOrder,
): Promise<TakeOverReply> {
  const { config } = loaded;
  const emit = (): void => undefined;
  const { book, missing, lock } = await openDaemonBook(config, { clock, emit });
  try {
    if (missing !== undefined) {
      const hint = "start the daemon first, or set its folder: [daemon] state";
      throw new CodedError("record-unavailable", `no database can be written: ${missing}`, {
        hint,
      });
    }
    const jails = compileJails(enabledJails(config), loaded, []).jails.map(({ jail }) => jail);
    const allow = new Allow({ book, hostAddresses, resolveName, emit });
    const now = clock.now();
    const named = jails.map(({ name, config }) => ({ ...config, name }));
    allow.rebuild(named, now);
    await allow.resolveNames(() => now);
    const present = (subject: Subject): string | undefined => ownConnection(subject, peer);
    const { results } = takeOver({ book, allow, jails, present }, { from, bans, who, now });
    return { results };
  } finally {
    await book[Symbol.asyncDispose]();
    lock?.release();
  }
}
