/**
 * Returns the steps that make a setting of sshd effective. sshd uses the first value that it reads (sshd_config(5)),
 * and drop-in files are included first.
 */
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
