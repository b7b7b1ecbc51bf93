/** For tests: a notice that a jail is blind. */
import { instant } from "../domain/instant.ts";
import type { Notice } from "../domain/notifier.ts";

export function noticeOf(reason: string, more: Partial<Notice> = {}): Notice {
  return {
    ...{ what: "jail-failed", level: "error", jail: "sshd", state: "blind", cause: "no-log" },
    ...{ ip: undefined, fix: "look", reason, at: instant(0), host: "web1" },
    ...{ problem: "jail-failed sshd", phase: "began" },
    ...more,
  };
}
