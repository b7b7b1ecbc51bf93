/** Proposes changes that preserve logs: a copy on another host, and a journal that survives a reboot. */
import type { HostFacts } from "../../domain/host-facts.ts";
import type { Candidate } from "./change.ts";
import { restartCommand } from "./restart-command.ts";

export function logChanges(facts: HostFacts): readonly Candidate[] {
  const { logs } = facts;
  const { bootedWithSystemd } = facts.firewall;
  const changes: Candidate[] = [];
  if (logs.forwards.length === 0 && logs.unclear.length === 0)
    changes.push({
      worth: 55,
      what: "Send the logs to another host",
      why: "an intruder could erase the local copy",
      // The journal belongs to systemd.
      how:
        logs.rsyslog === "absent" && bootedWithSystemd
          ? [
              "apt-get install systemd-journal-remote   # then URL=https://LOGHOST:19532 (your log server) in /etc/systemd/journal-upload.conf",
              "systemctl enable --now systemd-journal-upload",
            ]
          : [
              ...(logs.rsyslog === "absent" ? ["apt-get install rsyslog"] : []),
              "echo 'auth,authpriv.* @@LOGHOST:514' > /etc/rsyslog.d/60-remote.conf   # LOGHOST: your log server",
              `${bootedWithSystemd ? "systemctl enable rsyslog && " : ""}${restartCommand("rsyslog", facts)}`,
            ],
    });
  if (logs.rsyslog !== "running" && logs.journal.known && logs.journal.value === "volatile")
    changes.push({
      worth: 50,
      what: "Keep the journal over a reboot",
      why: "it is in memory only, and nothing else writes logs",
      how: [`mkdir -p /var/log/journal && ${restartCommand("systemd-journald", facts)}`],
    });
  return changes;
}
