/** Runs SSH clients of the lab, which guess passwords or log in with the right key. */
import { type ProgramEnd, runProgram } from "../host/process/run-program.ts";
import { ACCOUNT } from "./ssh-server.ts";

/**
 * Result of a client: sshd refused the login, nothing answered, the login succeeded, or another error with ssh's
 * message.
 */
export type Connection =
  | { readonly kind: "refused" | "no-answer" | "let-in" }
  | { readonly kind: "failed"; readonly reason: string };

export interface ConnectionTry {
  /** Command prefix that runs a command in the client's network. */
  readonly enter: readonly string[];
  readonly ssh: string;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly login:
    | { readonly kind: "wrong-password"; readonly user: string }
    | { readonly kind: "key"; readonly path: string };
}

/** Seconds to wait for a connection, which a kernel accepts immediately; sshd's greeting may take longer. */
const CONNECT_SECONDS = 2;
const GREETING_SECONDS = 10;
/** Seconds for the rest of the session, because a ban may interrupt it. */
const MORE_SECONDS = 18;

export async function connectSsh(attempt: ConnectionTry): Promise<Connection> {
  const end = await runSsh(attempt, CONNECT_SECONDS);
  if (end.ok) return { kind: "let-in" };
  if (/Permission denied/.test(end.error)) return { kind: "refused" };
  if (end.hasTimedOut || /timed out/i.test(end.error)) return { kind: "no-answer" };
  return { kind: "failed", reason: end.error };
}

async function runSsh(attempt: ConnectionTry, seconds: number): Promise<ProgramEnd> {
  const argv = [...sshArgv(attempt, seconds), "true"];
  const timeoutMilliseconds = (seconds + MORE_SECONDS) * 1000;
  const end = await runProgram({ argv, input: "", timeoutMilliseconds });
  const slow = !end.ok && seconds < GREETING_SECONDS && /banner exchange/.test(end.error);
  return slow ? await runSsh(attempt, GREETING_SECONDS) : end;
}

/** Returns the command line of ssh. It requests a shell; with "-N" appended it runs no command and stays connected. */
export function sshArgv(
  { enter, ssh, from, to, port, login }: ConnectionTry,
  seconds: number = GREETING_SECONDS,
): readonly string[] {
  const user = login.kind === "key" ? ACCOUNT : login.user;
  const options = [
    ...[
      "BatchMode=no",
      "StrictHostKeyChecking=no",
      "UserKnownHostsFile=/dev/null",
      "LogLevel=ERROR",
      // The default of OpenSSH 9 takes ten times the processor time.
      "KexAlgorithms=^curve25519-sha256",
    ],
    ...[`ConnectTimeout=${seconds}`, "NumberOfPasswordPrompts=1", "IdentitiesOnly=yes"],
    ...(login.kind === "key"
      ? ["PasswordAuthentication=no", `IdentityFile=${login.path}`]
      : ["PubkeyAuthentication=no", "PreferredAuthentications=password"]),
  ];
  return [
    ...enter,
    // Answers the password prompt with the prompt itself, a wrong password.
    ...["/usr/bin/env", "SSH_ASKPASS=/bin/echo", "SSH_ASKPASS_REQUIRE=force"],
    ...[ssh, "-F", "none", "-b", from, ...options.flatMap((option) => ["-o", option])],
    ...["-p", String(port), "-l", user, to],
  ];
}
