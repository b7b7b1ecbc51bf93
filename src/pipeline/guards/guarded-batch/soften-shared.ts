/** Adapts bans to shared addresses. */
import { SHARED_FROM, softenBan } from "../../../detect/shared-address.ts";
import type { Ban } from "../../../domain/ban.ts";
import type { Decision, GuardedDecision } from "../../../domain/decision.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import type { JudgingBook } from "../../../domain/judging-book.ts";
import type { PortScope } from "../../../domain/port-scope.ts";
import type { Jail } from "../../../jails/jail.ts";
import type { Emit } from "../../../telemetry/events.ts";

export interface SofteningParts {
  readonly book: Pick<JudgingBook, "ban">;
  readonly emit: Emit;
  readonly portsOf: (jail: JailName) => PortScope;
}

/** Returns the ban of an address that several users share, as configured in the jail; undefined: it is not changed. */
export function softenShared(
  { book, emit, portsOf }: SofteningParts,
  jail: Jail,
  decision: Extract<Decision, { readonly ban: Ban }>,
  accounts: number,
): Exclude<GuardedDecision, { readonly kind: "extend" | "wait" }> | undefined {
  if (accounts < SHARED_FROM) return undefined;
  const { ban } = decision;
  const { shared, bantime } = jail.config;
  if (shared === "report") {
    emit({ event: "shared-address", jail: jail.name, ip: ban.subject, accounts });
    const entry = `${accounts} accounts have logged in from there in the last 30 days`;
    return { kind: "ignore", reason: "shared-address", entry };
  }
  const ports = portsOf(jail.name);
  if (decision.kind === "ban")
    return { kind: "ban", ban: softenBan(ban, shared, { accounts, bantime, ports }) };
  const current = shared === "ports" ? book.ban(jail.name, ban.subject) : undefined;
  // The current ban already covers exactly the configured ports.
  if (current === undefined || current.scope !== ports) return undefined;
  return { kind: "ignore", reason: "already-banned", entry: current.reason };
}
