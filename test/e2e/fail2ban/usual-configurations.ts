/**
 * Typical configurations from guides, container images, control panels and packages; LOGS is replaced by a folder of
 * logs.
 */
export interface UsualConfiguration {
  readonly name: string;
  /** Files added to Debian's directory; a text that begins with "+" is appended. */
  readonly files: Readonly<Record<string, string>>;
  /** For each running jail: the ports that our firewall closes, or the actions that run as written. */
  readonly runs: Readonly<Record<string, string>>;
}

export const USUAL_CONFIGURATIONS: readonly UsualConfiguration[] = [
  {
    name: "a guide's, with comments behind values",
    files: {
      "jail.local": `[DEFAULT]
bantime  = 1h    ; an hour
findtime = 20m   # twenty minutes
ignoreip = 127.0.0.1/8 ::1 203.0.113.5, 198.51.100.0/24
action = %(action_mwl)s
[sshd]
enabled = true
port = ssh,2222
logpath = LOGS/auth.log
maxretry = 3
`,
    },
    runs: { sshd: 'ports = ["ssh/tcp", "2222/tcp"]; sendmail-whois-lines' },
  },
  {
    name: "names of ten years ago",
    files: {
      "jail.local": `[DEFAULT]
banaction = iptables-multiport
chain = INPUT
action_ = %(banaction)s[name=%(__name__)s, port="%(port)s", protocol="%(protocol)s", chain="%(chain)s"]
action = %(action_)s
[ssh]
enabled = true
port = ssh
filter = sshd
logpath = LOGS/auth.log
[ssh-ddos]
enabled = true
filter = sshd-ddos
logpath = LOGS/auth.log
[apache-noscript]
enabled = false
`,
    },
    runs: { ssh: 'ports = ["ssh/tcp"]' },
  },
  {
    name: "a container's, whose packets are forwarded",
    files: {
      "jail.local": `[DEFAULT]
bantime = 24h
chain = DOCKER-USER
banaction = iptables-allports
[vault]
enabled = true
logpath = LOGS/app.log
[proxy]
enabled = true
filter = nginx-http-auth
logpath = LOGS/app.log
action = iptables-multiport[name=proxy, port="http,8080", chain=DOCKER-USER]
`,
      "filter.d/vault.conf": "[Definition]\nfailregex = ^Wrong password from <ADDR>$\n",
    },
    runs: { vault: 'ports = "all"', proxy: 'ports = ["http/tcp", "8080/tcp"]' },
  },
  {
    name: "a control panel's, with actions of jails' own names",
    files: {
      "jail.d/panel.conf": `[panel-login]
enabled = true
action = iptables-multiport[name="panel-login", port="8880,8443"]
logpath = LOGS/app.log
[panel-mail]
enabled = true
filter = dovecot
action = iptables-multiport[name="mail", port="imap,imap3x,imaps"]
logpath = LOGS/app.log
[recidive]
enabled = true
action = iptables-allports[name=recidive]
         sendmail-whois[name=recidive, dest=root, sender=root]
logpath = LOGS/app.log
bantime = 604800
findtime = 86400
`,
      "filter.d/panel-login.conf": "[Definition]\nfailregex = ^<HOST> failed login$\n",
    },
    runs: {
      "panel-login": 'ports = ["8880/tcp", "8443/tcp"]',
      "panel-mail": 'ports = ["imap/tcp", "imaps/tcp"]',
      recidive: 'ports = "all"; sendmail-whois',
    },
  },
  {
    name: "bans that grow, and a firewall of somebody else's",
    files: {
      "jail.local": `[DEFAULT]
bantime.increment = true
bantime.multipliers = 1 5 30 60
bantime.maxtime = 5w
usedns = no
[nginx-limit-req]
enabled = true
logpath = LOGS/app.log
action = %(action_)s
         cloudflare[cfuser="me@example.com", cftoken="abc"]
[nginx-botsearch]
enabled = true
logpath = LOGS/app.log
action = cloudflare-token[cftoken="x", cfzone="y"]
`,
    },
    runs: {
      "nginx-limit-req": 'ports = ["http/tcp", "https/tcp"]; cloudflare',
      "nginx-botsearch": "cloudflare-token",
    },
  },
  {
    name: "the journal, with and without a match",
    files: {
      "jail.local": "[DEFAULT]\nbanaction = nftables\nbackend = systemd\n",
      "jail.d/sshd.local": "[sshd]\nenabled=true\nmode=aggressive\nmaxretry=2\n",
      "jail.d/app.conf": "[app]\nenabled = yes\nport = 8000:8002\n",
      "filter.d/app.conf": "[Definition]\nfailregex = ^.*bad login from <HOST>\n",
    },
    runs: { sshd: 'ports = ["ssh/tcp"]', app: 'ports = ["8000/tcp", "8001/tcp", "8002/tcp"]' },
  },
  {
    name: "an edited action",
    files: {
      "jail.local": "[sshd]\nenabled = true\nlogpath = LOGS/auth.log\n",
      "action.d/iptables-multiport.conf": "+actionban = report <ip>\n",
    },
    runs: { sshd: "iptables-multiport" },
  },
  {
    name: "colons, and a firewall's application",
    files: {
      "jail.local": `[DEFAULT]
bantime: 2h
findtime : 1h
[sshd]
enabled: on
logpath : LOGS/auth.log
action: ufw[application="OpenSSH", blocktype=reject]
`,
    },
    runs: { sshd: "ufw" },
  },
  {
    name: "a jail with its own expressions, and one that lets in",
    files: {
      "jail.local": `[DEFAULT]
banaction = iptables-ipset-proto6
[blog]
enabled = true
port = http,https
filter =
failregex = ^<HOST> .* "POST /login
            ^<HOST> .* "POST /rpc
logpath = LOGS/app.log
bantime = 48h
[pass2allow-ftp]
enabled = true
logpath = LOGS/app.log
`,
    },
    runs: { blog: 'ports = ["http/tcp", "https/tcp"]', "pass2allow-ftp": "iptables-ipset-proto6" },
  },
  {
    name: "a package's for firewalld",
    files: {
      "jail.d/00-firewalld.conf": `[DEFAULT]
banaction = firewallcmd-rich-rules[actiontype=]
banaction_allports = firewallcmd-rich-rules[actiontype=]
`,
      "jail.local": "[mysqld-auth]\nenabled = true\nlogpath = LOGS/app.log\nmaxretry = 4\n",
    },
    runs: { "mysqld-auth": 'ports = ["3306/tcp"]' },
  },
  {
    name: "odd values with which it starts",
    files: {
      "jail.local": `[DEFAULT]
ignoreip = 127.0.0.1/8 10.0.0.* # my LAN
[sshd]
enabled = 1
logpath = LOGS/auth.log
bantime = -1
usedns = maybe
[dropbear]
enabled = true
logpath = LOGS/auth.log
bantime = 1d 12h
ignoreself = ture
`,
    },
    runs: { sshd: 'ports = ["ssh/tcp"]', dropbear: 'ports = ["ssh/tcp"]' },
  },
];
