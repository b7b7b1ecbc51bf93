/** Where glibc programs record logins (paths.h), and with which permissions they write there. */
export interface LoginLogs {
  /** Failed logins, which only root may read. */
  readonly failed: string;
  readonly succeeded: string;
  /** User id of both files' owner. */
  readonly owner: number;
}

export const LOGIN_LOGS: LoginLogs = {
  failed: "/var/log/btmp",
  succeeded: "/var/log/wtmp",
  owner: 0,
};

/** LOGIN_PROCESS for a failure, USER_PROCESS for a login (utmp(5)). */
export const LOGIN_TYPES = { failed: 6, succeeded: 7 } as const;
