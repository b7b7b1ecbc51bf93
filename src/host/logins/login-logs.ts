/** Paths of the files in which glibc programs record logins (paths.h), and the permissions with which they do. */
export interface LoginLogs {
  /** Path of the log of failed logins, which only root may read. */
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

/** Record types (utmp(5)): LOGIN_PROCESS for a failure, USER_PROCESS for a login. */
export const LOGIN_TYPES = { failed: 6, succeeded: 7 } as const;
