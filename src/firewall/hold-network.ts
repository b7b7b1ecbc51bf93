import { type Config, enabledJails } from "../config/config.ts";
import { observesOnly } from "../config/observes-only.ts";
import { CodedError } from "../domain/errors.ts";
import type { NamespaceLock } from "../host/kernel/namespace-lock.ts";
import type { Emit } from "../telemetry/events.ts";
import type { FirewallPort } from "./firewall-port.ts";

/** Takes the lock at start, so that of two daemons the second is refused before it changes anything. */
export async function holdNetwork(
  { config }: { readonly config: Config },
  port: FirewallPort,
  emit: Emit,
): Promise<NamespaceLock | undefined> {
  if (enabledJails(config).every(observesOnly)) return undefined;
  const locked = await port.lock({ state: config.daemon.state, emit });
  if (locked.ok) return locked.value;
  throw new CodedError("already-running", locked.error, {
    hint: 'stop it first, run this one in another network namespace, or let it only observe: enforcer = "memory"',
  });
}
