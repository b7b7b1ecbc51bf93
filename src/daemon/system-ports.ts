/** The ports of a daemon in production: this machine's clocks, randomness, logs, firewall, and all that is read of it. */
import { hostname } from "node:os";
import { openNftables, USUAL_TABLE } from "../enforce/nftables.ts";
import { watchAddresses } from "../platform/address-watch.ts";
import { ownAddresses, resolveName } from "../platform/host.ts";
import { runShell } from "../platform/run-shell.ts";
import { openSpareMemory } from "../platform/spare-memory.ts";
import { ownSshPeer } from "../platform/ssh-peer.ts";
import { systemClock } from "../platform/system-clock.ts";
import { followTimeZone, localOffset } from "../platform/time-zone.ts";
import { createLiveSessions } from "../probe/live-sessions.ts";
import type { DaemonPorts } from "./daemon-ports.ts";
import { findSource } from "./find-sources.ts";
import { lockNetwork } from "./lock-network.ts";
import { openLineChecks, openPathCheck } from "./proving.ts";
import { planSources } from "./source-plan.ts";

export function systemPorts(): DaemonPorts {
  return {
    clock: systemClock,
    chance: Math.random,
    host: {
      ...{ name: hostname(), localOffset, runShell, ownAddresses, resolveName, watchAddresses },
      ...{ followTimeZone, openSpareMemory },
      openPathCheck: (options) => openPathCheck(options, USUAL_TABLE),
      openLineChecks: (options) => openLineChecks(options, localOffset),
      ownPeer: () => ownSshPeer(),
      sessions: createLiveSessions({ monotonic: () => systemClock.monotonic() }),
    },
    sources: { find: findSource, plan: planSources },
    firewall: { lock: lockNetwork, open: openNftables },
  };
}
