import type { JailPolicy } from "../happenings.ts";
import type { FailureWindow } from "./failure.ts";
import { BAN_WITHIN, CLOCK_TOLERANCE } from "./promises.ts";
import type { World } from "./world.ts";

/** Handles a start: "After a start … failures of the last `findtime` still count", and older ones need not. */
export function forgetOld(
  world: World,
  windows: Iterable<FailureWindow>,
  isMeant: (policy: JailPolicy) => boolean,
): void {
  for (const { jail, failures } of windows) {
    const policy = world.jails.get(jail);
    if (policy === undefined || !isMeant(policy)) continue;
    const oldest = world.now - policy.findTime + CLOCK_TOLERANCE;
    for (const failure of failures) failure.certain &&= failure.low > oldest;
  }
}

/**
 * Makes all failures uncertain: "A step while the daemon is down … counts as time that passed". Source:
 * docs/adr/0007, Consequences.
 */
export function doubtAll(windows: Iterable<FailureWindow>, spread: number): void {
  for (const { failures } of windows)
    for (const failure of failures) {
      failure.low -= spread;
      failure.high += spread;
      failure.certain = false;
    }
}

/**
 * Handles a step of the clock while the daemon runs: the failures that it remembers move with it, but a line that it has
 * not read yet "counts when it says". Source: docs/troubleshooting.md, The clock is set.
 */
export function doubtUnread(world: World, windows: Iterable<FailureWindow>, step: number): void {
  if (Math.abs(step) < CLOCK_TOLERANCE) return;
  for (const window of windows) {
    const policy = world.jails.get(window.jail);
    if (policy === undefined) continue;
    const troubledUntil = world.sources.troubledUntil(policy.source, world.now);
    const failures = window.failures.filter(
      ({ readableAt }) => world.now - Math.max(readableAt, troubledUntil) <= BAN_WITHIN,
    );
    doubtAll([{ ...window, failures }], Math.abs(step));
  }
}

/**
 * Handles an end of the daemon: a constant difference of stamps is known again "from the first live line that confirms
 * it", so it need not be known for lines that are read before. Source: docs/troubleshooting.md, The clock is set.
 */
export function doubtSkewed(world: World, windows: Iterable<FailureWindow>): void {
  for (const { failures } of windows)
    for (const failure of failures) {
      if (failure.id === undefined || failure.readableAt < world.now - BAN_WITHIN) continue;
      const login = world.logins.get(failure.id)?.login;
      if (login?.hasOffset === undefined || login.stamp === undefined) continue;
      const skew = Math.abs(login.stamp - login.at);
      failure.low -= skew;
      failure.high += skew;
      failure.certain = false;
    }
}
