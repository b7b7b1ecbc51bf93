/**
 * Validates every change before it reaches a firewall. Refuses to block an allowed subject, whatever the caller
 * (invariant 4), and passes on only subjects and scopes in canonical form, so that no other text reaches a firewall's
 * parser.
 */
import { parseSubject, type Subject } from "../domain/cidr.ts";
import type { Change, EnforcerAbilities, Refusal } from "../domain/enforcer.ts";
import { ALL_PORTS, MAX_PORTS, portScope, portsOf } from "../domain/port-scope.ts";

export type IsAllowed = (subject: Subject) => boolean;

/**
 * Returns the refusal; undefined: the change may pass. Removing the block of an allowed subject is always allowed.
 * `scopes`: what blocks of this enforcer can cover.
 */
export function admitChange(
  change: Change,
  isAllowed: IsAllowed,
  scopes: EnforcerAbilities["scopes"] = "ports",
): Refusal | undefined {
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
  if (ports.length > MAX_PORTS)
    return refuse(
      change,
      `a ban can have at most ${MAX_PORTS} ports, this one has ${ports.length}`,
    );
  if (scopes === "host" && scope !== ALL_PORTS)
    return refuse(change, "this enforcer cannot block single ports");
  if (change.kind === "add" && isAllowed(subject))
    return refuse(change, "the allow-list covers it");
  return undefined;
}

function refuse(change: Change, error: string): Refusal {
  return { change, error, retryable: false };
}
