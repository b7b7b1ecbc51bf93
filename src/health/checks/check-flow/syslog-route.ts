/** Finds how a probe line reaches a source: through the syslog daemon or the journal. */
import { basename } from "node:path";
import type { Facility } from "../../../host/logs/send-syslog-line.ts";
import type { FoundSource } from "../../../pipeline/sources/source-plan.ts";

export type SyslogRoute =
  | { readonly kind: "file"; readonly facility: Facility }
  | { readonly kind: "journal"; readonly directory: string | undefined };

/** Log files of syslog daemons in distributions' default configuration, and a facility that is written to each. */
const FILES: Readonly<Record<string, Facility>> = {
  "auth.log": "authpriv",
  secure: "authpriv",
  "mail.log": "mail",
  "mail.info": "mail",
  maillog: "mail",
  syslog: "daemon",
  messages: "user",
  "daemon.log": "daemon",
  "user.log": "user",
  "cron.log": "cron",
  cron: "cron",
};

/** Returns undefined if the service writes the log itself, or the writer is unknown. */
export function syslogRoute(source: FoundSource | undefined): SyslogRoute | undefined {
  if (source?.kind === "journal") return { kind: "journal", directory: source.directory };
  if (source?.kind !== "file") return undefined;
  const known = source.files.flatMap((file) => FILES[basename(file)] ?? []);
  const [facility] = known;
  return facility === undefined ? undefined : { kind: "file", facility };
}
