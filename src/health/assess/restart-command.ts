/** The command that restarts a service of this host. */
import type { HostFacts } from "../../domain/host-facts.ts";

export function restartCommand(service: string, { firewall }: Pick<HostFacts, "firewall">): string {
  return firewall.bootedWithSystemd ? `systemctl restart ${service}` : `service ${service} restart`;
}
