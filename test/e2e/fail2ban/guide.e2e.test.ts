/**
 * Runs every command of docs/coming-from-fail2ban.md on a machine with systemd and Debian's fail2ban, and compares the
 * output with the page.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { bootSystemd, type Machine } from "../boot-systemd.ts";
import { replayPage } from "../replay-page.ts";

const NAME = "docs/coming-from-fail2ban.md";
const PAGE = readFileSync(join(import.meta.dirname, "../../..", NAME), "utf8");

let machine: Machine;

/** The host at the beginning of the page, with a few bans. */
const HOST = `
rm -f /etc/fail2ban/jail.local /etc/fail2ban/*.local /var/lib/fail2ban/* /var/log/fail2ban.log
cat > /etc/fail2ban/jail.local
printf '[Definition]\\nfailregex = ^ login of \\\\S+ from <ADDR> refused$\\n' > /etc/fail2ban/filter.d/shop.conf
printf '[Definition]\\nactionban = echo "+ <ip> <failures>" >> <file>\\nactionunban = echo "- <ip>" >> <file>\\n' > /etc/fail2ban/action.d/note.conf
mkdir -p /var/lib/shop
touch /var/log/shop.log
install -m 640 -g adm /dev/null /var/log/fail2ban.log
rm -f /etc/systemd/system/bailiff*.service /.dockerenv
echo LogLevel QUIET > /etc/ssh/sshd_config.d/quiet.conf
ssh-keygen -A
systemctl start ssh
systemd-run --unit=shop python3 -m http.server 80
systemctl enable --now fail2ban
until fail2ban-client status 2> /dev/null | grep -q sshd; do sleep 0.1; done
fail2ban-client set sshd banip 203.0.113.7 203.0.113.8
fail2ban-client set recidive banip 2001:db8::5
until fail2ban-client get recidive banip | grep -q 2001; do sleep 0.1; done
`;

before(async () => {
  machine = await bootSystemd();
  const [, jailLocal = ""] = /^```\n(\[DEFAULT\][^]*?)^```$/m.exec(PAGE) ?? [];
  const script = HOST.replace("jail.local\nprintf", `jail.local <<'END'\n${jailLocal}END\nprintf`);
  const { code, output } = machine.run("sh", "-ec", script);
  assert.equal(code, 0, output);
});

after(() => machine[Symbol.asyncDispose]());

replayPage(() => machine, {
  page: NAME,
  before: {
    "bailiff status": "until_true bailiff status || true",
    "cat /var/lib/shop/banned": `
until_true grep 203.0.113.60 /var/lib/shop/banned
until_true grep -q 'recidive. Found 203.0.113.60' /var/log/fail2ban.log`,
    "fail2ban-client status sshd | tail -3":
      "until_true sh -c 'fail2ban-client get sshd banip | grep 203.0.113.8'",
  },
  unprinted: { "[DEFAULT]": "the jail.local of the machine" },
});
