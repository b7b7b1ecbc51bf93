import { basename } from "node:path";

/** Usual names of files that syslog daemons write for many programs. */
const SHARED_LOGS: ReadonlySet<string> = new Set([
  ...["auth.log", "authlog", "secure", "syslog", "messages", "daemon.log", "user.log", "debug"],
  ...[
    "mail",
    "mail.log",
    "maillog",
    "mail.info",
    "mail.warn",
    "mail.err",
    "cron.log",
    "kern.log",
    "all.log",
  ],
]);

export function isSharedLog(path: string): boolean {
  return SHARED_LOGS.has(basename(path));
}
