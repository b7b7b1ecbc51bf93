/** Real ssh clients of the lab: one that guesses passwords, and one with the right key. */
import { runProgram } from "../../platform/run-program.ts";
import { ACCOUNT } from "./ssh-server.ts";

/** What the client saw: sshd said no, nothing answered, sshd let it in, or another trouble in ssh's own words. */
export type Connection =
  | { readonly kind: "refused" | "no-answer" | "let-in" }
  | { readonly kind: "failed"; readonly reason: string };

export interface ConnectionTry {
  /** What to put before a command so that it runs in the client's network. */
  readonly enter: readonly string[];
  readonly ssh: string;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly login:
    | { readonly kind: "wrong-password"; readonly user: string }
    | { readonly kind: "key"; readonly path: string };
}

/** How long a client waits for an answer. */
const CONNECT_SECONDS = 2;

export async function connectSsh(attempt: ConnectionTry): Promise<Connection> {
  const end = await runProgram({
    argv: [...sshArgv(attempt), "true"],
    input: "",
    timeoutMilliseconds: 20_000,
  });
  if (end.ok) return { kind: "let-in" };
  if (/Permission denied/.test(end.error)) return { kind: "refused" };
  if (/timed out/i.test(end.error)) return { kind: "no-answer" };
  return { kind: "failed", reason: end.error.trim() };
}

/** Without a command it asks for a shell; "-N" at the end asks for nothing and stays. */
export function sshArgv({ enter, ssh, from, to, port, login }: ConnectionTry): readonly string[] {
  const user = login.kind === "key" ? ACCOUNT : login.user;
  const options = [
    ...[
      "BatchMode=no",
      "StrictHostKeyChecking=no",
      "UserKnownHostsFile=/dev/null",
      "LogLevel=ERROR",
    ],
    ...[`ConnectTimeout=${CONNECT_SECONDS}`, "NumberOfPasswordPrompts=1", "IdentitiesOnly=yes"],
    ...(login.kind === "key"
      ? ["PasswordAuthentication=no", `IdentityFile=${login.path}`]
      : ["PubkeyAuthentication=no", "PreferredAuthentications=password"]),
  ];
  return [
    ...enter,
    // Gives the prompt itself as the password, which is a wrong one.
    ...["/usr/bin/env", "SSH_ASKPASS=/bin/echo", "SSH_ASKPASS_REQUIRE=force"],
    ...[ssh, "-F", "none", "-b", from, ...options.flatMap((option) => ["-o", option])],
    ...["-p", String(port), "-l", user, to],
  ];
}
