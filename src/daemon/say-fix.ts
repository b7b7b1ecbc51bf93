/** What to do, in the words of the files that a jail is written in. */
import type { JailName } from "../domain/jail-name.ts";
import { fixInFail2banTerms } from "../fail2ban/config/fix-in-fail2ban-terms.ts";
import type { RunningConfig } from "../pipeline/running-config.ts";

export function sayFix({ foreign }: RunningConfig, jail: JailName, fix: string): string {
  const isForeign = foreign?.jails.some(({ name }) => name === jail) === true;
  return isForeign ? fixInFail2banTerms(fix) : fix;
}
