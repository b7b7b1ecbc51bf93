/** Lists the options that fail2ban reads, by the kind of file. Everything else in a section is a variable. */

export const FILTER_KEYS = [
  "usedns",
  "prefregex",
  "ignoreregex",
  "failregex",
  "maxlines",
  "datepattern",
  "journalmatch",
] as const;

export const JAIL_KEYS: readonly string[] = [
  "enabled",
  "backend",
  "maxretry",
  "maxmatches",
  "findtime",
  "bantime",
  "bantime.increment",
  "bantime.factor",
  "bantime.formula",
  "bantime.multipliers",
  "bantime.maxtime",
  "bantime.rndtime",
  "bantime.overalljails",
  "ignorecommand",
  "ignoreself",
  "ignoreip",
  "ignorecache",
  "filter",
  "logtimezone",
  "logencoding",
  "logpath",
  "action",
  ...FILTER_KEYS,
];

/** Options that only later versions of fail2ban have. */
export const LATER_KEYS: readonly string[] = ["skip_if_nologs", "systemd_if_nologs"];

/** Options of fail2ban.conf. */
export const SETTING_KEYS: readonly string[] = [
  "loglevel",
  "logtarget",
  "syslogsocket",
  "socket",
  "pidfile",
  "allowipv6",
  "dbfile",
  "dbpurgeage",
  "dbmaxmatches",
  "stacksize",
];

export const ACTION_KEYS = [
  "actionstart",
  "actionstart_on_demand",
  "actionstop",
  "actionflush",
  "actionreload",
  "actioncheck",
  "actionrepair",
  "actionrepair_on_unban",
  "actionban",
  "actionprolong",
  "actionreban",
  "actionunban",
  "norestored",
] as const;
