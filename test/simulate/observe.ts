/** Collects what the daemon shows at this moment. */
import type { Daemon } from "../../src/daemon/daemon.ts";
import type { Observation } from "./happenings.ts";
import type { World } from "./world/world.ts";

export function observe(world: World): Observation {
  const { now, process, kernel } = world;
  const daemon = process?.daemon;
  return {
    at: now,
    running: daemon !== undefined,
    dropped: kernel.dropped(),
    bans: daemon === undefined ? [] : bansOf(daemon, world),
    jails: daemon === undefined ? [] : jailsOf(daemon),
  };
}

function bansOf(daemon: Daemon, { clock }: World): Observation["bans"] {
  return [...daemon.book.activeBans({})].map(({ subject, jail, until, state }) => ({
    ...{ subject, jail, enforced: state === "enforced" },
    until: until === "forever" ? Number.POSITIVE_INFINITY : clock.elapsedAt(until),
  }));
}

function jailsOf(daemon: Daemon): Observation["jails"] {
  return daemon.watched().map((watched) => {
    const { state, cause } = daemon.proofs.judge(watched);
    const found = daemon.proofs
      .of(watched)
      .flatMap((one) => (one.kind === "found" ? one.cause : []));
    const causes = [...new Set([...(cause === undefined ? [] : [cause]), ...found])];
    return { name: watched.live.jail.name, state, causes };
  });
}
