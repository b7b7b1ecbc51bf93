/**
 * Returns the steps that make a setting of sshd effective. sshd uses the first value that it reads (sshd_config(5)),
 * and drop-in files are included first.
 */
import type { HostFacts } from "../../domain/host-facts.ts";
import { restartCommand } from "./restart-command.ts";

export function sshdSetting(
  facts: Pick<HostFacts, "ssh" | "firewall">,
  file: string,
  settings: readonly string[],
): readonly string[] {
  const { unit, dropIns } = facts.ssh;
  const text = settings.join("\\n");
  const write = dropIns
    ? `printf '${text}\\n' > /etc/ssh/sshd_config.d/${file}`
    : `sed -i '1i ${text}' /etc/ssh/sshd_config`;
  return [write, `sshd -t && ${restartCommand(unit, facts)}`];
}
