/** Runs every command of the pages for daily use on one machine with a real sshd and systemd. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { bootSystemd, type Machine } from "./boot-systemd.ts";
import { replayPage } from "./replay-page.ts";

const ROOT = join(import.meta.dirname, "../..");

let machine: Machine;

/** A network beside the machine, with an address of alice and one of an attacker. */
const HOST = `
hostname web1
ip link add out0 type veth peer name in0
ip netns add outside
ip link set in0 netns outside
ip addr add 192.0.2.1/24 dev out0
ip link set out0 up
ip -n outside link set in0 up
ip -n outside route add 192.0.2.0/24 dev in0
for address in 198.51.100.20 203.0.113.9; do
  ip -n outside addr add $address/32 dev in0
  ip route add $address dev out0
done
useradd -m -s /bin/sh -p '*' alice
printf '%s\\n' 'UsePAM no' 'LogLevel QUIET' > /etc/ssh/sshd_config.d/replay.conf
install -d -m 700 -o alice /home/alice/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/key
install -m 600 -o alice /root/key.pub /home/alice/.ssh/authorized_keys
ssh-keygen -A
rm -f /run/nologin
# Most failed logins of the pages are lines written by hand, of which sshd has no record.
rm -f /var/log/btmp
mkdir -p /etc/bailiff
systemctl start rsyslog ssh
`;

/** Shell functions for the pages. */
const PRELUDE = `
# logged PID MESSAGE
logged() { echo "$(date +%FT%T.%6N%:z) web1 sshd[$1]: $2" >> /var/log/auth.log; }
# failed USER ADDRESS PID...: wrong passwords.
failed() {
  user=$1 ip=$2; shift 2
  for pid; do logged $pid "Failed password for $user from $ip port 42$pid ssh2"; done
}
banned() { nft list ruleset | grep -q "$1[ ,]"; }
# event FIELD=VALUE...: the daemon logged it.
event() { journalctl -q -n 1 "$@" | grep -q .; }
configure() { cat > /etc/bailiff/bailiff.toml; }
LOG='source = { file = ["/var/log/auth.log"] }'
`;

before(async () => {
  machine = await bootSystemd();
  const { code, output } = machine.run("sh", "-ec", HOST);
  assert.equal(code, 0, output);
});

after(() => machine[Symbol.asyncDispose]());

/** The README's line about mail. */
const MAIL_LINE = readFileSync(join(ROOT, "README.md"), "utf8")
  .split("\n")
  .find((line) => line.includes("[notify.smtp]"));

/** Accepts every mail at port 25; mail-server.e2e.test.ts sends to a real server. */
const MAIL_SERVER = `require("node:net").createServer((client) => {
  let inMail = false;
  const answer = (line) => {
    if (inMail && line !== ".") return undefined;
    if (/^(DATA|[.])$/i.test(line)) inMail = !inMail;
    return inMail ? "354 continue" : "250 accepted";
  };
  client.write("220 mail\\r\\n");
  client.on("data", (text) => {
    for (const line of String(text).split("\\r\\n").slice(0, -1)) {
      const said = answer(line);
      if (said !== undefined) client.write(said + "\\r\\n");
    }
  });
}).listen(25, "127.0.0.1", () => console.log("listening"));`;

const DRAFTED = "filter-new.e2e.test.ts types them on a terminal";
const RENDERED = "the daemon's log in its other forms: log-forms.test.ts renders them";

replayPage(
  () => machine,
  {
    page: "docs/operating.md",
    before: {
      "bailiff status": `
configure << END
[jails.sshd]
ports = ["ssh"]
$LOG
[jails.sshd-jump]
filter = "sshd"
source = { file = ["/var/log/jump/auth.log"] }
[jails.sshd-slow]
filter = "sshd"
maxretry = 20
findtime = "1d"
bantime = "7d"
$LOG
[jails.sshd-trial]
filter = "sshd"
mode = "aggressive"
enforcer = "memory"
$LOG
END
systemctl start bailiff
failed root 203.0.113.5 901 902 903 904 905
until_true banned 203.0.113.5`,
      "bailiff verify sshd": `
sed -i '/LogLevel/d' /etc/ssh/sshd_config.d/replay.conf
systemctl reload ssh
until_true grep 'listening on ::' /var/log/auth.log`,
      "bailiff drift": `
configure << END
[jails.sshd]
ports = ["ssh"]
$LOG
END
bailiff reload
for n in $(seq 60); do
  logged 4$n "pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)"
done
for n in 10 11 12 13 14 15 16 17 18 19 20 21; do
  logged 5$n "Denied password for root from 203.0.113.2$((n % 5)) port 400$n ssh2"
done
until_true event BAILIFF_EVENT=drift-found`,
      "bailiff bans": `
bailiff unban --all
failed "invalid user admin" 203.0.113.9 901 902 903 904 905
until_true banned 203.0.113.9
ip netns exec outside python3 -c '
import socket
for n in range(3):
    caller = socket.socket()
    caller.setblocking(False)
    caller.bind(("203.0.113.9", 0))
    caller.connect_ex(("192.0.2.1", 22))'`,
      "bailiff why 198.51.100.20": `
ip netns exec outside ssh -tt -i /root/key -b 198.51.100.20 -o StrictHostKeyChecking=no \\
  alice@192.0.2.1 sleep 600 > /dev/null 2>&1 < /dev/null &
until_true sh -c 'bailiff why 198.51.100.20 | grep pts'
failed root 198.51.100.20 911 912 913 914 915
until_true event BAILIFF_EVENT=lockout-guarded`,
      "bailiff breaker": `
for user in alice:31 bob:32 carol:33 dave:34 erin:35; do
  logged 92 "Accepted password for \${user%:*} from 198.51.100.\${user#*:} port 40022 ssh2"
done
for n in 31 32 33 34 35 41 42; do failed root 198.51.100.$n 1 2 3 4 5; done
until_true sh -c 'bailiff breaker | grep "since: 3"'`,
      "bailiff reload": "sed -i '1a maxretri = 3' /etc/bailiff/bailiff.toml",
      "bailiff bans --jail sshd-trial": `
configure << END
[jails.sshd]
$LOG
[jails.sshd-trial]
filter = "sshd"
mode = "aggressive"
enforcer = "memory"
$LOG
END
: > /var/log/auth.log
bailiff reload
bailiff breaker reset sshd
failed root 192.0.2.68 931 932 933 934 935
until_true sh -c 'bailiff bans --jail sshd-trial | grep 192.0.2.68'`,
    },
    unprinted: {
      "06:26:49 failure": RENDERED,
      "<6>failure": RENDERED,
      '{"time":': RENDERED,
      "bailiff  04:11:05": "screens.e2e.test.ts runs the screen",
      "cp /opt/bailiff/packaging/systemd/bailiff-report":
        "report-mail.test.ts runs the command of the unit",
      "Failures since": "counts of days; stats.test.ts prints such a screen",
      "✓ flow": "connections.e2e.test.ts shows a witness",
      "✗ flow": "a habit takes weeks to learn; silence.e2e.test.ts shows such a source",
    },
  },
  PRELUDE,
);

replayPage(
  () => machine,
  {
    page: "docs/troubleshooting.md",
    untyped: { "bailiff status": "full-disk.e2e.test.ts compares it, on a small disk" },
    unprinted: { "table inet filter": "a file of nftables" },
    before: {
      'bailiff allow 203.0.113.9 --for 1d --reason "my own address"': `
configure << END
[jails.sshd]
$LOG
END
bailiff reload
bailiff unban --all
failed root 203.0.113.9 11 12 13 14 15
until_true banned 203.0.113.9`,
      "systemctl restart nftables": `
failed root 203.0.113.10 11 12 13 14 15
until_true banned 203.0.113.10`,
      "journalctl -o cat -n 2 BAILIFF_EVENT=firewall-changed + BAILIFF_EVENT=firewall-repaired": `
until_true event BAILIFF_EVENT=firewall-repaired`,
    },
  },
  PRELUDE,
);

replayPage(
  () => machine,
  {
    page: "docs/filters.md",
    untyped: {
      "bailiff filter new shopd < shopd.log": DRAFTED,
      "bailiff filter new wiki < wiki.log": DRAFTED,
      "bailiff filter new site < site.log": DRAFTED,
    },
    before: {
      "bailiff scan --filter ./myapp.toml /var/log/myapp.log": `
cat > myapp.toml << 'END'
${/^```toml\n([^]*?)^```$/m.exec(readFileSync(join(ROOT, "docs/filters.md"), "utf8"))?.[1]}END
for user in alice bob; do
  echo "$(date '+%F %T') login of $user from 192.0.2.7 failed: wrong password"
  echo "$(date '+%F %T') login of $user from 192.0.2.8 succeeded"
done > /var/log/myapp.log`,
    },
  },
  PRELUDE,
);

const HERE = "/opt/bailiff is the checkout under test";

replayPage(
  () => machine,
  {
    page: "README.md",
    host: `
bailiff drift --dismiss 1 sshd
bailiff unban --all
systemctl restart bailiff
failed "invalid user admin" 203.0.113.44 901 902 903 904 905
until_true banned 203.0.113.44
until_true bailiff status`,
    before: {
      [MAIL_LINE ?? assert.fail()]: `
cat > /root/mail-server.cjs << 'END'
${MAIL_SERVER}
END
setsid /opt/bailiff/node_modules/.bin/node /root/mail-server.cjs > /root/mail-server 2>&1 &
until_true grep -q listening /root/mail-server`,
    },
    untyped: {
      "npm start": "it runs until it is stopped; launcher.e2e.test.ts starts it",
      "npm test": "this is part of it",
      "bailiff import /etc/fail2ban --bans": "the guide's machine has a fail2ban that banned",
      "mkdir -p /etc/bailiff/conf.d && install -m 600 /dev/stdin /etc/bailiff/slack.url && printf '[notify.slack]\\nurl_file = \"/etc/bailiff/slack.url\"\\n' > /etc/bailiff/conf.d/slack.toml && bailiff reload && bailiff notify test slack":
        "the address of a service on the Internet; notices.e2e.test.ts sends to a local one",
    },
    unprinted: { " files ─": "a drawing" },
  },
  PRELUDE,
);

replayPage(
  () => machine,
  {
    page: "docs/configuration.md",
    before: {
      "bailiff check": `
mkdir -p /etc/bailiff/conf.d
configure << END
[defaults]
maxretry = “5”

[jails.sshd]
mode = "agressive"
END
printf '%s\\n' '[jails.web]' 'filter = "sshd"' 'maxretry = 20' 'findtime = "10 min"' > /etc/bailiff/conf.d/10-web.toml`,
    },
  },
  PRELUDE,
);

replayPage(
  () => machine,
  {
    page: "docs/install.md",
    host: `
systemctl stop bailiff
nft delete table inet bailiff
rm -rf /var/lib/bailiff /etc/bailiff /usr/local/sbin/bailiff /etc/systemd/system/bailiff*.service
journalctl -q --rotate --vacuum-time=1s
: > /var/log/auth.log`,
    before: {
      "systemctl enable --now bailiff": `
failed root 203.0.113.5 901 902 903 904 905
failed root 203.0.113.6 906
failed root 203.0.113.7 907`,
      "bailiff status": "until_true banned 203.0.113.5",
    },
    untyped: {
      "git clone REPOSITORY /opt/bailiff": HERE,
      "git pull": HERE,
      "rm -r /opt/bailiff": HERE,
      "bailiff assess": "it needs four weeks of log; assess.e2e.test.ts compares it with the page",
    },
  },
  PRELUDE,
);
