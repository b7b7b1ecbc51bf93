/** Names the native form of a stock action that runs as written, and where to configure it. */

const COUNTERPARTS: readonly (readonly [actions: RegExp, counterpart: string])[] = [
  [/^hostsdeny$/, '[enforcers.NAME] kind = "file", format = "hosts.deny" keeps this list'],
  [/^nginx-block-map$/, '[enforcers.NAME] kind = "file", format = "nginx-map" keeps such a list'],
  [
    /^cloudflare(?:-token)?$/,
    '[enforcers.NAME] kind = "edge", service = "cloudflare-zone" bans there and reads it back',
  ],
  [/^mikrotik$/, '[enforcers.NAME] kind = "edge", service = "mikrotik" does this over https'],
  [/^abuseipdb$/, '[actions.NAME] kind = "abuseipdb" reports, with retries and a daily limit'],
  [/^blocklist_de$/, '[actions.NAME] kind = "blocklist-de" reports, with retries'],
  [
    /^xarf-login-attack$/,
    'it mails the owner of the network; [actions.NAME] kind = "xarf" posts or stores such reports',
  ],
  [
    /^(?:send)?mail(?:$|-)/,
    "it needs a program that sends mail; [notify.sendmail] mails what a human should know",
  ],
  [/^(?:complain|dshield|mynetwatchman)$/, "it needs a program that sends mail"],
  [
    /^(?:apf|csf|netscaler|nsupdate|shorewall-ipset|symbiosis)/,
    "bailiff does not see its bans; another banaction has them made and proven by bailiff",
  ],
];

export function nativeCounterpart(file: string): string | undefined {
  return COUNTERPARTS.find(([actions]) => actions.test(file))?.[1];
}
