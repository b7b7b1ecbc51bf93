/**
 * Attempts a failed SSH login with the OpenSSH client: a real key exchange, a user that does not exist, and the
 * client's own prompt as the password. Offers no key of this host and stores nothing about the server.
 *
 * Every user of this host can read the arguments of a process, and who knows the name of a self-test can forge its
 * line. So the name is in a private file. Only the program that prints the prompt gets it as an argument, for about a
 * millisecond. Without that program the password would be empty, which sshd does not log as a failed password.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dial, DialOutcome } from "./dial.ts";
import { reasonOf } from "../explain-system-error.ts";
import { findProgram } from "../process/find-program.ts";
import { runProgram } from "../process/run-program.ts";

/** Returns why SSH cannot be dialed; undefined if it can. */
export function sshObstacle(): string | undefined {
  return findProgram("ssh") === undefined
    ? "no ssh client is installed (package openssh-client)"
    : undefined;
}

export async function dialSsh(dial: Dial): Promise<DialOutcome> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), "bailiff-ssh-"));
    const settings = join(folder, "config");
    await writeFile(settings, `User ${dial.user}\n`, { mode: 0o600 });
    return await dialWith(settings, dial);
  } catch (error) {
    return { kind: "not-asked", answer: `cannot write settings for ssh: ${reasonOf(error)}` };
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function dialWith(settings: string, { to, port, from, limit }: Dial): Promise<DialOutcome> {
  const [ssh = "", env = "", echo = ""] = ["ssh", "env", "echo"].map(findProgram);
  const end = await runProgram({
    argv: [
      // Use echo as the SSH_ASKPASS program: it prints the prompt, which is a wrong password.
      ...[env, `SSH_ASKPASS=${echo}`, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:"],
      ...[ssh, "-F", settings, ...OPTIONS.flatMap((option) => ["-o", option])],
      ...["-o", `ConnectTimeout=${Math.ceil(limit / 1000)}`],
      ...(from === undefined ? [] : ["-b", from]),
      ...["-p", String(port), to, "true"],
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
