/** How a setting of sshd is made to hold: the first value counts (sshd_config(5)), and drop-ins are included first. */
import type { SshFacts } from "../../domain/host-facts.ts";

export function sshdSetting(
  { unit, dropIns }: Pick<SshFacts, "unit" | "dropIns">,
  file: string,
  settings: readonly string[],
): readonly string[] {
  const text = settings.join("\\n");
  const write = dropIns
    ? `printf '${text}\\n' > /etc/ssh/sshd_config.d/${file}`
    : `sed -i '1i ${text}' /etc/ssh/sshd_config`;
  return [write, `sshd -t && systemctl restart ${unit}`];
}
