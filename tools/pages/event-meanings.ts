/** Explains each event to administrators, and what to do. A new event does not compile without an explanation. */
import type { EventName } from "../../src/telemetry/events.ts";

export const EVENT_MEANINGS: { readonly [name in EventName]: string } = {
  "daemon-started": "The daemon is set up; it says with what it enforces.",
  "daemon-stopping": "It is stopping, by a command or a signal.",
  "config-loaded": "A reload succeeded; the jails named were changed and restarted.",
  "config-refused":
    "A reload found problems; nothing was changed. Correct them (`bailiff check`) and reload again.",
  "config-in-doubt":
    "At a start or reload: logs that do not exist or are no regular files, networks written as an address within them, and files and programs that a channel or an action lacks. `bailiff check` shows all of them and what to do; `more` were left out here.",
  "jail-started": "A jail reads its source and has the policy named.",
  "jail-stopped": "A reload removed the jail. Its bans stay until they end.",
  "jail-ok":
    "No required check found a fault: the jail is `protecting`, `observing` or `actions-only`, as `state` says.",
  "jail-degraded":
    "It works, but a link is in trouble or lacks its proof. `cause` is one stable word, `fix` what to do.",
  "jail-failed":
    "blind: failures are not recognized. toothless: bans have no effect. `cause` is one stable word, `fix` what to do; `bailiff doctor` shows every link.",
  "jail-left-out":
    "A jail of a fail2ban directory is enabled there and does NOT run, or (`kept`) keeps running as before a reload: `reasons` name file and line. The others run. Correct them (`bailiff check --fail2ban DIRECTORY`) and reload.",
  "option-in-doubt":
    "Something in a file of a fail2ban directory has no effect, or not the one its author wants: a key that nothing reads, an include that does not exist. Nothing is left out because of it.",
  "drift-found":
    "The program writes lines that look like failures and that no rule knows, often since an update of it. `rule` would recognize them; `fix` adds it.",
  failure: "A failed attempt: `count` of the `of` that lead to a ban.",
  ban: "A ban was recorded and given to the firewall.",
  unban: "A ban ended or was lifted.",
  "ban-extended": "A ban in force was replaced by a longer one.",
  ignored:
    "The threshold was reached without a ban: the reason begins with one stable word (`allow-listed`, `already-banned`, `command`, `logged-in`, `shared-address`, `breaker-open`).",
  "proxy-suspected":
    "The first offense of a peer that looks like a proxy that the jail does not trust: it is not banned, because everybody behind it would be. The fix says which proxy to trust, or how to ban it after all.",
  "lockout-guarded":
    "A user is logged in from the address, so it is exempt until the time named; then it is banned like any other (`lockout_guard`). Find out what fails there: `bailiff why ADDRESS`.",
  "threshold-raised":
    "The address reached maxretry and may fail up to `of` times: several accounts live behind it, or one known user mistypes.",
  "offense-suspected":
    "A detector that is set to `report` found an offender. Nothing was done; set it to `act` to ban such addresses.",
  "siege-began":
    'At least 5 addresses from which nobody has logged in failed within 7 days, and three times as many as usually fail before a login. With `siege = "act"` the jail is stricter with them ([detection](../detection.md)).',
  "campaign-began":
    "Many addresses that each try little, as `reason` says. With `act`, its members are banned at their first or second failure ([campaigns](../detection.md#campaigns)).",
  "detector-demoted":
    "The detector was wrong about at least three addresses within 30 days, and 2% of its bans: they were unbanned within a day, logged in after the ban, or have a logged-in user. It reports until fewer of them are left ([wrong bans](../detection.md#wrong-bans)).",
  "campaign-ended": "Addresses fail as usual again.",
  "compromise-suspected":
    "A login that follows guesses, from a network from which no user has logged in. If the user cannot confirm it, disable the account, end its sessions and look for what was changed.",
  "siege-ended": "Fewer than half of that fail now.",
  "failures-forgiven":
    "A known user logged in after mistyping; the failures of that account from there no longer count.",
  "shared-address":
    "The threshold was reached by an address of several accounts, and the jail's policy for such is only to report (`shared`).",
  "breaker-tripped":
    "A rule banned several addresses from which users log in, and was about to ban another. It does not ban until it is reset: check `bailiff bans`, remove wrong bans, correct the rule or the log, then `bailiff breaker reset`.",
  "breaker-reset": "A user reset a suspended rule, which bans again.",
  "ban-rate-reached":
    "A rule has banned `bans_per_minute` addresses within a minute. It keeps banning at that rate, those with most failures first; the others wait. Check whether they are attackers: `bailiff bans`.",
  "ban-rate-recovered":
    "No offender waits any more: `released` were decided after they had waited, `dropped` found no room to wait and are counted again when they fail again.",
  "bulk-change":
    "An order named more than ten addresses: this line is in place of one for each of them. `history --audit` lists them.",
  "allow-changed": "The allow-list was changed by command.",
  "list-updated":
    "A block list has new content, or works again. `entries`: networks in force; `invalid` and `refused`: lines that are not used; `cut`: networks out of which exempt addresses were taken.",
  "list-failed":
    "A block list cannot be read or fetched, or was refused. What was good at `good_at` stays in force, and the list is tried again ([block lists](../lists.md)).",
  "list-not-saved":
    "The copy of a block list in the state directory cannot be written. The list is in force, but not after a restart without its source.",
  "enforcer-cleared":
    "A former enforcer held no ban any more, and everything of bailiff was removed from it.",
  "enforcer-not-cleared":
    "A former enforcer may still hold bans; it is retried. `bailiff status` names it.",
  "enforce-refused":
    "The firewall refused a ban or its end. It stays pending and is retried; the reason is the kernel's.",
  "canary-passed":
    "A failed login of the daemon's own was followed to a dropped packet. `untested` names the steps that cannot be tested on this host.",
  "canary-failed":
    "The same, and `step` is where it ended. The jail is degraded immediately and the self-test is repeated within a minute; failing twice in a row makes the jail blind or toothless, by the step. `bailiff verify JAIL` tries it again now.",
  "ban-reported": "The ban was reported by the `action`, and the receiver took the report.",
  "action-failed":
    "A command of one of the jail's `actions` failed, after further tries, or a record or report of bans was not delivered (the first failure in a row and every twentieth). The reason of a command is its exit code and what it wrote to standard error. The ban itself holds. Run it by hand, or correct it.",
  "firewall-changed": "Another program touched the table. It is looked at and repaired.",
  "firewall-repaired":
    "The firewall differed from the record and was made equal. Often: find the program that flushes it.",
  "ban-bypassed":
    "An address is banned, the kernel has its block, and it still reaches the program: the ban has no effect. `reason` is what explains it, `fix` what to do.",
  "firewall-unavailable":
    "Nothing can be enforced now. Bans are recorded as pending; `bailiff status` says why.",
  "lock-obstructed":
    "Another user listens on abstract sockets by which a second bailiff in this network namespace is noticed. On this host it is noticed anyway, by a lock only root can take; in a container that shares the namespace it may not be. End the process named.",
  "firewall-monitor-lost":
    "Changes by others are not seen at the moment; it is restarted, and compared from time to time anyway.",
  "list-reload-failed":
    "The command that makes a program read its deny list failed: `reason` says how it ended, `output` how its output began. Bans stay pending, and it is repeated. Reported once, until it fails otherwise or succeeds.",
  "bans-moved":
    "The ports of a jail were changed: its bans cover the new ports now, and no longer those that it does not name any more.",
  "source-started": "Reading began, from the place named.",
  "source-waiting": "The log does not exist yet. It is looked for continuously.",
  "source-failed": "A log cannot be read; the reason says why. It is retried.",
  "source-rotated": "A log was rotated; the rest of the old one was read.",
  "lines-missed":
    "A log was rotated or shortened while it was not read, and what was read last is gone: later lines may be gone too, and failures in them do not count. The reason says from when they are. Keep logs for longer. Or a compressed log has too much text, is damaged or is in a form that is not read (read are gzip and zstd), or too many rotated logs exist, and the reason says what was not read.",
  "source-moved":
    'A jail with `source = "auto"` read a place where its lines no longer come, and reads now where they do. Find out who changed that.',
  "container-changed":
    "A jail reads the log of another container, or none any more: its container was created again, started, renamed or removed.",
  "label-ignored":
    "With `[containers] discover`, a running container has a label `bailiff.service` that names no shipped filter with verified rules. Reported once for each container. Correct the label.",
  "source-ended": "A command or a pipe ended.",
  "lines-passed-over":
    "A log was rewritten or copied, and the last line read was not found: lines that are not newer than what was read (`read`) do not count again, nor do lines without a time (`unstamped`).",
  "lines-untimed":
    "Failures that were written before the log was opened, with no time that can be read, do not count: their age is unknown. Lines that come from now on count when they arrive.",
  "line-cut":
    "A line longer than 16 KiB (256 KiB if it begins with a brace) was cut, or has no end within 64 MiB; what is behind that was not looked at.",
  "columns-unknown":
    "No line names the columns of a CSV log (`columns_by_name`) or a W3C log, in 1 GiB before its rows, or the last header lacks some that the filter needs: no row counts until such a line comes. Compare `columns` of the filter with the header; without one, restart the service or rotate the log, so that it writes one.",
  "line-failed":
    "The program failed on a line: it is skipped, the lines after it are read. This is a bug; `reason` is what went wrong with the first such line of a batch.",
  "line-over-limit":
    "Rules reached their step limit on a line and were stopped; the line counts as not recognized by their filters.",
  "clock-skewed":
    "Time stamps of a log in local time are off by a constant of more than a minute, by which they are shifted. Said once for each such difference of a source. Correct the clock or the zone of the program that writes it.",
  "clock-stepped":
    "The wall clock jumped; ends of bans moved with it, so each lasts as long as meant.",
  "record-failed":
    "The database cannot be written (full disk?). Enforcing continues in memory; free some disk space.",
  "record-recovered": "The database is written again; what was held in memory is saved.",
  "record-replaced":
    "The database was damaged. It was set aside under the path named, and a new one written with what was in memory and can still be read; at a start, with nothing.",
  "record-entry-refused":
    "A line led to a failure, login or session that the database cannot store. It is left out, and everything else of the batch is stored. This is a bug.",
  "record-row-unreadable":
    "A row of the database holds what no release writes there; it is left out, and everything else is used. Each row is reported once in a run.",
  "stats-not-saved":
    "Counts for `bailiff stats` could not be written to the database. They stay in memory, at most those of 48 hours, and the next save retries. Each reason is reported once until a save succeeds. Protection does not depend on them.",
  "queue-overflowed": "A queue was full; the number of entries was lost.",
  "notice-failed":
    "A message to a [channel](../notices.md) was not accepted. `waiting` notices are kept and retried after `retry_in_ms`; without it nothing waits, and nothing is retried. `dropped` are lost. Look at the address and at who receives it.",
  "subjects-evicted":
    "More addresses failed within findtime than the table can hold; those not seen for longest were dropped.",
  "name-unresolved": "A host name in `ignoreip` does not resolve; its last good answer holds.",
  "control-reopened":
    "The socket's file was gone, so no command reached the daemon; it was re-created within half a minute. Look for what cleans the folder.",
  "control-refused": "A client of the control socket was refused.",
  "compatibility-failed":
    "The socket or the log that replaces fail2ban's cannot be opened or written; bans continue.",
  "events-suppressed":
    "So many events of one kind were left out of the log, because there were too many.",
  bug: "A fault in bailiff itself; the part is restarted. Please report it.",
};
