/** Parses a file of /run/systemd/sessions, in which systemd-logind keeps a remote session. Pure. */
import { type Instant, instant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";

export interface LogindSession {
  readonly account: string;
  readonly ip: Ip;
  readonly since: Instant;
  /** The PAM service, and the terminal if the session has one. */
  readonly by: string;
  readonly leader: number | undefined;
}

/** Returns undefined for a local or closing session, or one whose remote host is not an address. */
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
