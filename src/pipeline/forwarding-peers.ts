/**
 * Collects peers whose lines name another client, for all jails: a ban by any of them would cut off the clients behind.
 * Survives restarts, like the failures, because an interrupted offense is decided before further lines are read.
 * Bounded: MAX_CLAIMS.
 */
import { cdnOf } from "../domain/cdn-networks.ts";
import { type Subject, subjectsOverlap } from "../domain/cidr.ts";
import { type Instant, instant, isInstant } from "../domain/instant.ts";
import { type Ip, parseIp } from "../domain/ip.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import type { ForwardingClaim } from "../jails/suspected-proxies.ts";
import type { StateStore } from "../record/state-store.ts";
import { loadList } from "./load-list.ts";

export interface ForwardingPeers {
  /** Notes that a failure's line names another client than its peer; in constant time. */
  note(claim: ForwardingClaim): void;
  /** Returns the newest claim of a peer in the subject, preferably from the jail's own lines. */
  of(subject: Subject, jail: JailName): ForwardingClaim | undefined;
  /** Forgets the claims of all other jails, such as those whose proxies are configured now. */
  keepOnly(jails: ReadonlySet<JailName>): void;
  /**
   * Saves unsaved claims, and returns those of peers that had none. Must be called before the failures of the same lines
   * are committed.
   */
  save(): readonly ForwardingClaim[];
}

const NAME = "forwarding-peers";
/** Maximum number of claims of private peers, and of those of content delivery networks. */
const MAX_CLAIMS = 64;
/** A claim that is saved again only to keep it recent is saved at this interval. */
const SAVE_INTERVAL_MS = 3_600_000;

export function createForwardingPeers(stateStore: StateStore): ForwardingPeers {
  /** The newest last. */
  const claims = new Map<string, ForwardingClaim>();
  /** Apart, so that the many addresses of such a network displace no private peer. They need no restart to be known. */
  const ofNetworks = new Map<string, ForwardingClaim>();
  const savedAt = new Map<string, Instant>();
  /** Claims of new peers since the last save. */
  const added = new Map<string, ForwardingClaim>();
  let isSaved = true;
  for (const claim of loadList(stateStore, NAME).flatMap(readSaved)) {
    setNewest(claims, claim);
    savedAt.set(keyOf(claim), claim.at);
  }

  return {
    note(claim) {
      const isNetwork = cdnOf(claim.peer) !== undefined;
      const all = isNetwork ? ofNetworks : claims;
      if (!all.has(keyOf(claim))) setNewest(added, claim);
      setNewest(all, claim);
      if (isNetwork) return;
      const before = savedAt.get(keyOf(claim));
      if (before === undefined || Math.abs(claim.at - before) > SAVE_INTERVAL_MS) isSaved = false;
    },
    of(subject, jail) {
      const found = [...ofNetworks.values(), ...claims.values()].filter(({ peer }) =>
        subjectsOverlap(peer, subject),
      );
      return found.findLast((claim) => claim.jail === jail) ?? found.at(-1);
    },
    keepOnly(jails) {
      for (const map of [claims, ofNetworks])
        for (const [key, { jail }] of map) {
          if (jails.has(jail)) continue;
          map.delete(key);
          if (map === claims) isSaved = false;
        }
    },
    save() {
      const found = [...added.values()];
      added.clear();
      if (isSaved) return found;
      isSaved = true;
      savedAt.clear();
      for (const [key, { at }] of claims) savedAt.set(key, at);
      stateStore.save(NAME, JSON.stringify([...claims.values()]));
      return found;
    },
  };
}

function setNewest(map: Map<string, ForwardingClaim>, claim: ForwardingClaim): void {
  const key = keyOf(claim);
  map.delete(key);
  map.set(key, claim);
  const [oldest] = map.keys();
  if (map.size > MAX_CLAIMS && oldest !== undefined) map.delete(oldest);
}

function keyOf({ jail, peer }: ForwardingClaim): string {
  return `${jail} ${peer}`;
}

function readSaved(one: Readonly<Record<string, unknown>>): readonly ForwardingClaim[] {
  const { at } = one;
  const jail = parseJailName(String(one["jail"]));
  const peer = parseIp(String(one["peer"]));
  if (jail === undefined || peer === undefined || !isInstant(at)) return [];
  const client: Ip | undefined = parseIp(String(one["client"]));
  return [{ jail, peer, client, at: instant(at) }];
}
