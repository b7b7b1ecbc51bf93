/** Makes the fields of journal entries about sshd, by sshd itself and by local accounts that forge them. */
import type { Forger } from "../plan/step.ts";

type Fields = Readonly<Record<string, string>>;

/** Where the process of a forger is, as far as journald sees it. */
const FORGERS: Readonly<Record<Forger, Fields>> = {
  session: { _COMM: "sshd", _SYSTEMD_UNIT: "session-3.scope" },
  "user-manager": { _COMM: "sshd-session", _SYSTEMD_UNIT: "user@1000.service" },
  // Without pam_systemd, users' shells run in the unit of sshd.
  "unit-of-sshd": { _COMM: "sshd", _SYSTEMD_UNIT: "ssh.service" },
  // journald could not look at the process any more.
  "ended-at-once": {},
};

export function sshdEntry(pid: number, message: string): Fields {
  return {
    ...common("sshd", pid, message),
    ...{ _UID: "0", _COMM: "sshd", _SYSTEMD_UNIT: "ssh.service" },
  };
}

export function forgedEntry(by: Forger, pid: number, message: string): Fields {
  return { ...common("sshd", pid, message), ...FORGERS[by], _UID: "1000" };
}

/** An entry of another service of root. */
export function otherEntry(program: string, pid: number, message: string): Fields {
  return {
    ...common(program, pid, message),
    ...{ _UID: "0", _COMM: program, _SYSTEMD_UNIT: `${program}.service` },
  };
}

function common(identifier: string, pid: number, message: string): Fields {
  return {
    ...{ MESSAGE: message, _TRANSPORT: "syslog", PRIORITY: "6", _HOSTNAME: "web1" },
    ...{ SYSLOG_IDENTIFIER: identifier, _PID: String(pid) },
  };
}
