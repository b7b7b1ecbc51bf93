/** Implements the daemon's ports for production: clocks, randomness, logs, firewall and facts of this machine. */
import { TABLE_NAME } from "../domain/enforcer.ts";
import { hostname } from "node:os";
import { systemFirewall } from "../firewall/system-firewall.ts";
import { watchAddresses } from "../host/kernel/address-watch.ts";
import { hostAddresses, resolveName } from "../host/host.ts";
import { runShell } from "../host/process/run-shell.ts";
import { watchServices } from "../host/services/watch-services.ts";
import { openSpareMemory } from "../host/process/spare-memory.ts";
import { findSshPeer } from "../host/logins/ssh-peer.ts";
import { systemClock } from "../host/system-clock.ts";
import { followTimeZone, localOffset } from "../host/time-zone.ts";
import { createLiveSessions } from "../host/logins/live-sessions.ts";
import type { DaemonPorts } from "./daemon-ports.ts";
import { listHostDoubts } from "./host-doubts.ts";
import { findSource } from "../pipeline/sources/find-sources.ts";
import { listEntryDoubts } from "../jails/policy-doubts.ts";
import { openLineChecks, openPathCheck } from "./proving.ts";
import { planSources } from "../pipeline/sources/source-plan.ts";

export function systemPorts(): DaemonPorts {
  return {
    clock: systemClock,
    chance: Math.random,
    host: {
      ...{ name: hostname(), localOffset, runShell, hostAddresses, resolveName, watchAddresses },
      ...{ followTimeZone, openSpareMemory, watchServices: (onChange) => watchServices(onChange) },
      openPathCheck: (options) => openPathCheck(options, TABLE_NAME),
      openLineChecks: (options) => openLineChecks(options, localOffset),
      listDoubts: async (loaded) => [
        ...listEntryDoubts(loaded),
        ...(await listHostDoubts(loaded.config)),
      ],
      openPrograms: () => import("../host/process/program-version.ts"),
      // Loaded for the first self-test, since most starts run none.
      attemptLogin: async (options) =>
        (await import("../health/canary/verify.ts")).attemptOnHost(options),
      ownPeer: () => findSshPeer(),
      sessions: createLiveSessions({ monotonic: () => systemClock.monotonic() }),
    },
    sources: { find: findSource, plan: planSources },
    firewall: systemFirewall,
  };
}
