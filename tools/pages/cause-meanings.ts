/** Explains each cause to administrators. A new cause does not compile without an explanation. */
import type { Cause } from "../../src/domain/proof.ts";

export const CAUSE_MEANINGS: { readonly [name in Cause]: string } = {
  "no-log": "No log of the program was found where its filter looks.",
  "container-missing": "No container has the name that the jail names, or an image of this name.",
  "container-stopped": "The container is stopped, so no line comes.",
  "container-unreadable":
    "The container's logging driver keeps no log that bailiff reads, as `none`, `local` and `syslog`.",
  "source-failed": "The log cannot be read: a dead journal, a command that ended, an I/O error.",
  "permission-lost":
    "The daemon may not read the log any more; the fix names the path and the user.",
  "lines-unread":
    "The log or the journal has lines that the reader did not deliver: an independent look found them.",
  "quote-open":
    "A quote in a CSV log was not closed, or the journal has the service's output line by line: a client may have written such lines, so none of them counts.",
  "writes-elsewhere":
    'The program writes to another place than the jail reads. With `source = "auto"` the daemon switches to it automatically.',
  "stale-file": "The reader holds a file that is no longer the one at its path.",
  "writer-holds-old-file":
    "After a rotation the program keeps writing to the old file: it got no signal to reopen it.",
  "other-mount-namespace": "The program sees another file at that path than the daemon does.",
  "matches-nothing":
    "The jail's journal matches find no entry, while the journal has lines of the program.",
  "no-line-of-program": "Lines come, but none of the filter's programs.",
  "no-writer":
    "No process writes the log: the syslog daemon is stopped, or journald stores nothing.",
  "gone-silent":
    "Lines stopped against the source's own habit, and a probe line did not come through either.",
  "connections-unlogged":
    "The kernel reports connections to the service that ended, and the service, which logs each of them, wrote no line.",
  "logins-unlogged": "btmp or wtmp recorded logins to the service of which the jail read no line.",
  "logins-unrecorded":
    "The log reports failed logins that the service did not record in btmp: somebody else may have written these lines.",
  "records-skipped":
    "More records were written to btmp than one read can take, so lines of that time lead to bans even without a record.",
  "log-disk-full": "The file system of the log has no space left, so new lines are lost.",
  "lines-dropped":
    "journald or the syslog daemon drops lines because there are too many, the log file lacks failures that the journal has, or the journal deleted some before they were read.",
  "far-fewer-lines": "Far fewer lines than usual at this hour of the week.",
  "far-more-lines": "Far more lines than usual at this hour of the week.",
  drift:
    "Lines of the program that no rule knows look like failures: an update changed a message. See `bailiff drift`.",
  "none-recognized":
    "Lines of a log that is the jail's alone come, and no rule of its filter knows any of them.",
  "failures-missed":
    "bailiff's filter of the same service finds failed logins in the log, and the jail's expressions of fail2ban find none: they are older than the service.",
  "sender-unproven":
    "Failures that would have reached `maxretry` came from a sender that the journal match does not prove, so none of them counts: name the service's unit or account in the match.",
  "no-address":
    "Rules recognize failures without an address, which do not count: the log has names, which are not looked up, or nothing joins the failures to the lines with the address, as when a connection was open before its log was read.",
  "client-hidden":
    "Failures came through trusted proxies, but their lines name no client, or none that is an address: nobody is banned for them.",
  "record-trouble": "The database cannot be written; the daemon continues in memory.",
  "firewall-missing": "No firewall is available to the daemon.",
  "too-many-ports":
    "`ports` of the jail lists more ports than one ban can close, so none of its bans is enforced.",
  "no-capability": "The daemon lacks the right to change the firewall (`CAP_NET_ADMIN`).",
  "firewall-trouble": "The firewall refuses at the moment; bans are pending and retried.",
  "enforcer-missing":
    "One of the enforcers of the jail cannot be used; its bans are in force in the others.",
  "enforcer-full":
    "An enforcer holds as many bans as it can: those that end last. The others are pending in it.",
  "repaired-repeatedly":
    "Another program damages the firewall again and again; it is repaired each time, and the program named.",
  "other-network-namespace":
    "The program that writes the lines is in another network; its packets do not pass this firewall.",
  "traffic-bypasses": "Packets reach the program past the place where bans are looked at.",
  "open-connections-pass":
    "A flowtable carries open connections past the ban; new ones are stopped.",
  "ports-differ": "The program listens on other ports than a ban closes.",
  "port-open": "A ban closes only some of the ports the program listens on.",
  "behind-proxy":
    "Nearly all failures come through a proxy or content network: the log names it instead of the client, or names the client, whose packets arrive at the proxy. A ban here would shut out everybody or nobody.",
  "partly-behind-proxy":
    "The same for a part of the failures: bans of clients that reach this host directly work.",
  "ipv6-open": "The program takes a family of addresses that the firewall does not drop.",
  "ban-bypassed": "A banned address keeps failing, and none of its packets is dropped.",
  "ban-incomplete":
    "A banned address keeps failing although packets of it are dropped: part of its traffic bypasses the ban.",
  "canary-unseen": "The daemon's own failed log-in did not arrive in the log, or no rule knew it.",
  "canary-undropped": "A packet of the canary's banned address was not dropped.",
  "canary-failed": "The canary failed at another step, which the reason names.",
  "breaker-open":
    "A rule was suspended because it banned addresses from which users log in. See `bailiff breaker`.",
  "ban-rate-reached":
    "A rule has banned `bans_per_minute` addresses within a minute: others wait for their ban, those with most failures first.",
  "actions-fail":
    "A command that the jail runs when bans begin or end has never succeeded, or failed three times in a row; or records or reports of its bans cannot be delivered. The bans hold, except where a jail bans by its actions only: then nobody is banned. Run the command by hand, or do what `fix` says.",
  "proof-too-old": "A link that must be proven was not seen to hold for too long.",
};
