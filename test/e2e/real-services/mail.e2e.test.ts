/** Real mail servers: who guesses passwords is banned, and who sends or reads mail is not. */
import { testServices } from "./ban-attackers.ts";

/** Together, because most of what they need is the same. */
const PACKAGES = ["postfix", "dovecot-imapd", "curl"];

/** Debian's configuration, without certificates. */
const DOVECOT = `cp -R /usr/share/dovecot/dovecot.conf /usr/share/dovecot/conf.d /etc/dovecot
rm /etc/dovecot/conf.d/10-ssl.conf
useradd --system --no-create-home dovecot
useradd --system --no-create-home dovenull
useradd --create-home --groups mail alice
echo alice:right | chpasswd`;

/** Sends a mail as Alice, with one attempt of this password. */
function send(password: string): string {
  return `printf 'Subject: lab\\n\\nHello\\n' |
curl --silent --user alice:${password} --mail-from alice@example.org --mail-rcpt alice@example.org \\
  --upload-file - "smtp://$ADDRESS/lab.example.org"`;
}

/** curl: the login is refused. */
const REFUSED = "&& exit 1\n[ $? -eq 67 ]";

testServices([
  {
    name: "postfix",
    packages: PACKAGES,
    port: 25,
    // As in Debian's main.cf, and Postfix' SASL_README for Dovecot.
    files: {
      "/etc/postfix/main.cf": `compatibility_level = 3.6
myhostname = mail.example.org
mydestination = example.org
inet_interfaces = $ADDRESS
inet_protocols = ipv4
alias_maps = hash:/etc/aliases
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = permit_sasl_authenticated reject_unauth_destination
`,
      "/etc/dovecot/conf.d/99-lab.conf": `disable_plaintext_auth = no
protocols =
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
`,
    },
    prepare: `${DOVECOT}
useradd --system --no-create-home postfix
groupadd --system postdrop
cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
: >/etc/postfix/dynamicmaps.cf
: >/etc/aliases
newaliases
install -d -o postfix -m 700 /var/lib/postfix /var/spool/postfix/private
dovecot >/dev/null 2>&1`,
    run: "postfix start-fg",
    attempt: `${send("wrong")} ${REFUSED}`,
    visit: send("right"),
  },
  {
    name: "dovecot",
    packages: PACKAGES,
    port: 143,
    files: {
      "/etc/dovecot/conf.d/99-lab.conf": `disable_plaintext_auth = no
protocols = imap
listen = $ADDRESS
ssl = no
mail_location = maildir:~/mail
`,
    },
    prepare: DOVECOT,
    run: "dovecot -F",
    attempt: `curl --silent --user alice:wrong "imap://$ADDRESS/" ${REFUSED}`,
    visit: 'curl --silent --user alice:right "imap://$ADDRESS/"',
  },
  {
    name: "exim",
    packages: ["exim4-daemon-light", "curl"],
    port: 25,
    files: {
      "/etc/exim4/update-exim4.conf.conf": `dc_eximconfig_configtype='local'
dc_other_hostnames='example.org'
dc_local_interfaces='$ADDRESS'
`,
      "/etc/exim4/exim4.conf.localmacros": "AUTH_SERVER_ALLOW_NOTLS_PASSWORDS = yes\n",
    },
    // Debian's configuration, and its example of a login.
    prepare: `sed -i '/^# plain_server:/,/^# *.endif/s/^# //' /etc/exim4/exim4.conf.template
useradd --system Debian-exim
install -d -o Debian-exim /var/log/exim4 /var/spool/exim4 /var/lib/exim4
useradd --create-home alice
echo alice:right | chpasswd
getent shadow alice >/etc/exim4/passwd
chown Debian-exim /etc/exim4/passwd
echo mail.example.org >/etc/mailname
update-exim4.conf`,
    run: "exim4 -bdf -q30m",
    attempt: `${send("wrong")} ${REFUSED}`,
    visit: send("right"),
  },
]);
