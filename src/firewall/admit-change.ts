/**
 * The door of enforcement: nothing a caller hands over is trusted. An allowed subject is refused whoever asks
 * (invariant 4), and only a subject and a scope that parse to themselves get near a firewall's syntax.
 */
import { parseSubject, type Subject } from "../domain/cidr.ts";
import type { Change, Refusal } from "../domain/enforcer.ts";
import { portScope, portsOf } from "../domain/port-scope.ts";

export type IsAllowed = (subject: Subject) => boolean;

/** The refusal, or undefined for a change that may pass. Removing a block of an allowed subject always may. */
export function admitChange(change: Change, isAllowed: IsAllowed): Refusal | undefined {
  const { subject, scope } = change;
  if (parseSubject(subject) !== subject) {
    return refuse(change, "not an address or network in canonical form");
  }
  const ports = portsOf(scope);
  const real = ports.every(
    ({ number }) => Number.isInteger(number) && number > 0 && number < 65_536,
  );
  if (!real || portScope(ports) !== scope)
    return refuse(change, "not a port scope in canonical form");
  if (change.kind === "add" && isAllowed(subject))
    return refuse(change, "the allow-list covers it");
  return undefined;
}

function refuse(change: Change, error: string): Refusal {
  return { change, error, retryable: false };
}
