/** Proposes changes that preserve logs: a copy on another host, and a journal that survives a reboot. */
import type { HostFacts } from "../../domain/host-facts.ts";
import type { Candidate } from "./change.ts";

export function logChanges({ logs }: HostFacts): readonly Candidate[] {
  const changes: Candidate[] = [];
  if (logs.forwards.length === 0 && logs.unclear.length === 0)
    changes.push({
      worth: 55,
      what: "Send the logs to another host",
      why: "an intruder erases them here first",
      how:
        logs.rsyslog === "absent"
          ? [
              "apt-get install systemd-journal-remote   # then URL=https://LOGHOST:19532 in /etc/systemd/journal-upload.conf",
              "systemctl enable --now systemd-journal-upload",
            ]
          : [
              "echo 'auth,authpriv.* @@LOGHOST:514' > /etc/rsyslog.d/60-elsewhere.conf",
              "systemctl enable rsyslog && systemctl restart rsyslog",
            ],
    });
  if (logs.rsyslog !== "running" && logs.journal.known && logs.journal.value === "volatile")
    changes.push({
      worth: 50,
      what: "Keep the journal over a reboot",
      why: "it is in memory only, and nothing else writes logs",
      how: ["mkdir -p /var/log/journal && systemctl restart systemd-journald"],
    });
  return changes;
}
