/** One file of /run/systemd/sessions, as systemd-logind keeps a session that came from elsewhere. Pure. */
import { type Instant, instant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";

export interface LogindSession {
  readonly account: string;
  readonly ip: Ip;
  readonly since: Instant;
  /** The PAM service, and the terminal when there is one. */
  readonly by: string;
  readonly leader: number | undefined;
}

/** undefined: of this host itself, ending, or from a place that is no address. */
export function parseLogindSession(text: string): LogindSession | undefined {
  const values = new Map(
    text.split("\n").flatMap((line): readonly (readonly [string, string])[] => {
      const [, name, value] = /^([A-Z_]+)="?([^"]*)"?$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
  const ip = parseIp(values.get("REMOTE_HOST") ?? "");
  if (ip === undefined || values.get("STATE") === "closing") return undefined;
  const leader = Number(values.get("LEADER"));
  const started = Number(values.get("REALTIME") ?? 0);
  const terminal = values.get("TTY");
  const service = values.get("SERVICE") ?? "logind";
  return {
    account: values.get("USER") ?? `uid ${values.get("UID") ?? "?"}`,
    ip,
    since: instant(Math.floor(started / 1000)),
    by: terminal === undefined ? service : `${service}, ${terminal}`,
    leader: Number.isInteger(leader) && leader > 0 ? leader : undefined,
  };
}
