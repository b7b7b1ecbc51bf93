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
curl --silent --user alice:${password} --mail-from alice@example.org --mail-rcpt root@example.org \\
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
]);
