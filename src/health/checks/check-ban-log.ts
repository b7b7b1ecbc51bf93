/** Verifies that a jail that counts bans reads the log of bailiff's bans. */
import type { Proof } from "../../domain/proof.ts";
import { findRunningHere } from "../../host/process/running-programs.ts";
import { findMissedBanLog } from "../../jails/ban-log.ts";
import type { RunningConfig } from "../../pipeline/running-config.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";

const link = "place";
/** A running fail2ban-server writes ban lines itself, so that nothing is missing. */
const FAIL2BAN = ["fail2ban-server"];

export function createBanLogCheck(
  running: Pick<RunningConfig, "config" | "fail2ban">,
  findRunning: (names: readonly string[]) => readonly unknown[] = findRunningHere,
): JailCheck {
  let isFail2banRunning = false;

  function missedBy({ live }: WatchedJail): ReturnType<typeof findMissedBanLog> {
    const { jail, definition } = live;
    const isFromFail2ban = running.fail2ban?.jails.some(({ name }) => name === jail.name) === true;
    const { log } = running.config.fail2ban;
    return findMissedBanLog(jail.config, definition, { log, isFromFail2ban });
  }

  return {
    name: "ban log",
    look(jails) {
      const isAsked = jails.some((jail) => missedBy(jail) !== undefined);
      isFail2banRunning = isAsked && findRunning(FAIL2BAN).length > 0;
      return Promise.resolve();
    },
    proofs(jail, now): readonly Proof[] {
      const missed = isFail2banRunning ? undefined : missedBy(jail);
      if (missed === undefined) return [];
      return [{ kind: "found", link, cause: "no-writer", ...missed, at: now }];
    },
  };
}
