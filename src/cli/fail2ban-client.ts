/**
 * Runs fail2ban-client for hosts without Python. Commands, options, output and exit codes (0, 255) are the same, over
 * the same socket and protocol, so that it also works with a real fail2ban.
 */
import { accessSync, constants, existsSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { fail2banVersion } from "../fail2ban/config/release.ts";
import { readSeconds } from "../fail2ban/config/read-seconds.ts";
import { splitWords } from "./split-words.ts";
import { type ClientOptions, parseClientOptions } from "./fail2ban-client/options.ts";
import { type Conversation, runCommand } from "./fail2ban-client/run-command.ts";
import { findCommandSocket } from "./fail2ban-client/find-socket.ts";
import { complain, print } from "./fail2ban-client/output.ts";
import { USAGE } from "./fail2ban-client/usage.ts";

const PROMPT = "fail2ban> ";
const OK = 0;
const WRONG = 255;

/** Runs the program; `argv` without its name. Returns the exit code. */
export async function fail2banClient(argv: readonly string[]): Promise<number> {
  const options = parseClientOptions(argv);
  if (options === undefined) {
    print(USAGE);
    return WRONG;
  }
  const code = answerAlone(options);
  if (code !== undefined) return code;
  if (options.dump !== undefined || options.test) {
    const { examine } = await import("./fail2ban-client/examine.ts");
    const fine = await examine(options);
    if (options.command.length === 0 || !fine || options.dump !== undefined)
      return fine ? OK : WRONG;
  }
  const socket = await findCommandSocket(options);
  const conversation: Conversation = {
    socket,
    options,
    printError: (error) => explain(error, socket),
  };
  if (options.interactive) return (await interact(conversation)) ? OK : WRONG;
  if (options.command.length === 0) {
    print(USAGE);
    return WRONG;
  }
  return (await runCommand(options.command, conversation)) ? OK : WRONG;
}

/** Prints what needs no server; returns the exit code, or undefined if a server is needed. */
function answerAlone({ ask }: ClientOptions): number | undefined {
  switch (ask.kind) {
    case "help":
      print(USAGE);
      return OK;
    case "version":
      print(ask.form === "short" ? fail2banVersion() : `Fail2Ban v${fail2banVersion()}`);
      return OK;
    case "seconds": {
      const seconds = readSeconds(ask.text);
      print(seconds.ok ? String(seconds.value) : `ERROR: expected ${seconds.error}`);
      return seconds.ok ? OK : WRONG;
    }
    case "nothing":
      return undefined;
  }
}

async function interact(conversation: Conversation): Promise<boolean> {
  const { command } = conversation.options;
  if (command.length > 0 && !(await runCommand(command, conversation))) return false;
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: PROMPT });
  let hasEnded = false;
  lines.once("close", () => {
    hasEnded = true;
  });
  lines.prompt();
  for await (const line of lines) {
    const words = splitWords(line);
    if (words[0] === "exit" || words[0] === "quit") break;
    if (words[0] === "help") print(USAGE);
    else if (words.length > 0) await runCommand(words, conversation);
    // If input is a pipe, its end is often read before the first line was processed; then readline refuses to prompt.
    if (hasEnded) process.stdout.write(PROMPT);
    else lines.prompt();
  }
  lines.close();
  return true;
}

/** Prints why the server cannot be reached. */
function explain(error: Error, socket: string): void {
  if (!existsSync(socket)) {
    complain(`Failed to access socket path: ${socket}. Is fail2ban running?`);
    process.stderr.write(
      `bailiff listens on this socket if the daemon was started with [fail2ban] socket = "${socket}" in its configuration\n`,
    );
    return;
  }
  try {
    accessSync(socket, constants.W_OK);
    complain(`[${error.message}] Unable to contact server. Is it running?`);
  } catch {
    // The socket exists, but this user has no access.
    complain(`Permission denied to socket: ${socket}, (you must be root)`);
  }
}
