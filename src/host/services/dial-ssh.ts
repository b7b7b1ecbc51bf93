/**
 * Attempts a failed SSH login with the OpenSSH client: a real key exchange, a user that does not exist, and the
 * client's own prompt as the password. Offers no key of this host and stores nothing about the server.
 */
import type { Dial, DialOutcome } from "./dial.ts";
import { findProgram } from "../process/find-program.ts";
import { runProgram } from "../process/run-program.ts";

/** Returns why SSH cannot be dialed; undefined if it can. */
export function sshObstacle(): string | undefined {
  return findProgram("ssh") === undefined
    ? "no ssh client is installed (package openssh-client)"
    : undefined;
}

export async function dialSsh({ to, port, from, user, limit }: Dial): Promise<DialOutcome> {
  const [ssh = "", env = "", echo = ""] = ["ssh", "env", "echo"].map(findProgram);
  const end = await runProgram({
    argv: [
      // Use echo as the SSH_ASKPASS program: it prints the prompt, which is a wrong password.
      ...[env, `SSH_ASKPASS=${echo}`, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:"],
      ...[ssh, "-F", "none", ...OPTIONS.flatMap((option) => ["-o", option])],
      ...["-o", `ConnectTimeout=${Math.ceil(limit / 1000)}`],
      ...(from === undefined ? [] : ["-b", from]),
      ...["-p", String(port), "-l", user, to, "true"],
    ],
    input: "",
    timeoutMilliseconds: limit,
  });
  const answer = end.error.split("\n").at(-1) ?? "";
  if (end.ok) return { kind: "let-in", answer: "it ran a command" };
  if (/Permission denied/.test(end.error)) return { kind: "refused", answer };
  // The server disconnected after its maximum number of tries.
  if (/Too many authentication failures/.test(end.error)) return { kind: "refused", answer };
  return { kind: "unreachable", answer };
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
