/** Picks the log that a jail reads, on a host that has a journal and a syslog daemon. */
import type { JailPolicy } from "../happenings.ts";
import type { Random } from "../random.ts";

type Source = Pick<JailPolicy, "source" | "journalMatches">;

const SOURCES: readonly Source[] = [
  { source: "file:/var/log/auth.log", journalMatches: undefined },
  { source: "journal", journalMatches: ["_SYSTEMD_UNIT=ssh.service _UID=0"] },
  { source: "journal", journalMatches: ["_COMM=sshd _UID=0", "_COMM=sshd-session _UID=0"] },
  // Names no sender, so only entries of root count.
  { source: "journal", journalMatches: ["_COMM=sshd"] },
  { source: "journal", journalMatches: ["SYSLOG_IDENTIFIER=sshd"] },
];

export function pickSource(random: Random): Source {
  return random.pick(SOURCES);
}
