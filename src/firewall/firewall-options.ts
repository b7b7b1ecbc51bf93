import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { AlarmClock } from "../domain/clock.ts";
import type { NamespaceLock } from "../host/kernel/namespace-lock.ts";
import type { Emit } from "../telemetry/events.ts";
import type { FirewallPort } from "./firewall-port.ts";

export interface FirewallOptions {
  readonly book: BanBook;
  /** The shared allow-list, whose subjects are never blocked. */
  readonly allow: { readonly shared: { covers(subject: Subject): unknown } };
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** Called after the known state of an enforcer changed. */
  readonly onChange: () => void;
  readonly port: FirewallPort;
  /** The path of the database, which other daemons that want to ban here show. */
  readonly state: string;
  /** The lock of the network namespace, if it is already held. */
  readonly lock: NamespaceLock | undefined;
}
