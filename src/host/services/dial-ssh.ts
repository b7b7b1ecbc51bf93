/**
 * A failed login to an SSH server, by the OpenSSH client: the key exchange is real, the user exists nowhere, the password
 * is the client's own prompt. It offers no key of this host and keeps nothing of the server.
 */
import type { Dial, Dialled } from "./dial.ts";
import { findProgram } from "../process/find-program.ts";
import { runProgram } from "../process/run-program.ts";

/** What is missing to dial; undefined when nothing is. */
export function sshObstacle(): string | undefined {
  return findProgram("ssh") === undefined
    ? "no ssh client is installed here (package openssh-client)"
    : undefined;
}

export async function dialSsh({ to, port, from, user, limit }: Dial): Promise<Dialled> {
  const [ssh = "", env = "", echo = ""] = ["ssh", "env", "echo"].map(findProgram);
  const end = await runProgram({
    argv: [
      // A program for the password in place of a terminal; it echoes the prompt, which is a wrong password.
      ...[env, `SSH_ASKPASS=${echo}`, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:"],
      ...[ssh, "-F", "none", ...OPTIONS.flatMap((option) => ["-o", option])],
      ...["-o", `ConnectTimeout=${Math.ceil(limit / 1000)}`],
      ...(from === undefined ? [] : ["-b", from]),
      ...["-p", String(port), "-l", user, to, "true"],
    ],
    input: "",
    timeoutMilliseconds: limit,
  });
  const said = end.error.trim().split("\n").at(-1) ?? "";
  if (end.ok) return { kind: "let-in", said: "it ran a command" };
  if (/Permission denied/.test(end.error)) return { kind: "refused", said };
  // The server gave up on us, after as many tries as it allows.
  if (/Too many authentication failures/.test(end.error)) return { kind: "refused", said };
  return { kind: "unreachable", said };
}

const OPTIONS: readonly string[] = [
  "StrictHostKeyChecking=no",
  "UserKnownHostsFile=/dev/null",
  "GlobalKnownHostsFile=/dev/null",
  "IdentityFile=none",
  "IdentityAgent=none",
  "PubkeyAuthentication=no",
  "GSSAPIAuthentication=no",
  "HostbasedAuthentication=no",
  "PreferredAuthentications=password,keyboard-interactive",
  "NumberOfPasswordPrompts=1",
  "ControlPath=none",
  "ForwardAgent=no",
  "LogLevel=ERROR",
];
