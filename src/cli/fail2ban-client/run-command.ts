/** Runs one command of fail2ban's client. Some run locally, the others on the server. */
import { type CommandClient, connectCommands } from "../../fail2ban/server/command-client.ts";
import {
  describeArguments,
  describeError,
  describeReply,
} from "../../fail2ban/server/describe-reply.ts";
import { describeStream } from "../../fail2ban/server/describe-stream.ts";
import type { PickleValue } from "../../fail2ban/server/pickle-value.ts";
import { pythonRepr } from "../../fail2ban/server/python-text.ts";
import type { ClientOptions } from "./options.ts";
import { complain, print } from "./output.ts";
import { readSetup } from "./read-setup.ts";

export interface Conversation {
  readonly socket: string;
  readonly options: ClientOptions;
  readonly printError: (error: Error) => void;
}

/** Runs a command; returns whether it succeeded. */
export async function runCommand(
  command: readonly string[],
  conversation: Conversation,
): Promise<boolean> {
  const [name = "", ...args] = command;
  switch (name) {
    case "start":
      return args.length === 0 ? start(conversation) : send(command, conversation);
    case "restart":
      return args.length === 0
        ? restart(conversation)
        : reload(["--restart", ...args], conversation);
    case "reload":
      return reload(args, conversation);
    case "ping":
      return ping(command, conversation);
    default:
      return send(command, conversation);
  }
}

/** Maximum time-out of a ping: setTimeout fires immediately for too large values. */
const MAX_PING_MS = 86_400_000;

/** Pings the server, with a time limit in seconds. */
async function ping(command: readonly string[], conversation: Conversation): Promise<boolean> {
  const [, seconds] = command;
  if (seconds === undefined) return send(command, conversation);
  if (seconds.trim() === "" || Number.isNaN(Number(seconds))) {
    complain(`could not convert string to float: '${seconds}'`);
    return false;
  }
  return send(command, conversation, Math.min(Number(seconds) * 1000, MAX_PING_MS));
}

async function send(
  command: readonly string[],
  conversation: Conversation,
  timeout?: number,
): Promise<boolean> {
  return withClient(conversation, (client) => exchange(client, command, command, timeout));
}

async function withClient(
  { socket, printError }: Conversation,
  work: (client: CommandClient) => Promise<boolean>,
): Promise<boolean> {
  try {
    await using client = await connectCommands(socket);
    return await work(client);
  } catch (error) {
    printError(error instanceof Error ? error : new Error(String(error)));
    return false;
  }
}

/** Sends a command and prints the reply in the form of the command `shown`. */
async function exchange(
  client: CommandClient,
  command: readonly PickleValue[],
  shown: readonly string[],
  timeout?: number,
): Promise<boolean> {
  const reply = await client.send(command, timeout);
  if (reply.kind === "value") {
    print(describeReply(shown, reply.value));
    return true;
  }
  complain(`NOK: ${describeArguments(reply.error)}`);
  print(describeError(reply.error));
  return false;
}

/** Reports whether a server runs. It starts none, because systemd does that. */
async function start({ socket }: Conversation): Promise<boolean> {
  try {
    await using client = await connectCommands(socket);
    await client.send(["ping"]);
    complain("Server already running");
  } catch {
    // No server answers on the socket.
    complain("Not running. Start it with: systemctl start bailiff");
  }
  return false;
}

const SWITCHES = ["--restart", "--unban", "--if-exists"];

async function reload(args: readonly string[], conversation: Conversation): Promise<boolean> {
  const first = args.findIndex((arg) => !SWITCHES.includes(arg));
  const switches = first < 0 ? args : args.slice(0, first);
  const names = first < 0 ? [] : args.slice(first);
  if (names.length > 1) {
    complain(`Unexpected argument(s) for reload: ${pythonRepr(names)}`);
    return false;
  }
  const [jail = "--all"] = names;
  return withClient(conversation, async (client) => {
    const stream = (await isOurs(client)) ? [] : await streamFor(conversation.options, jail);
    if (stream === undefined) return false;
    return exchange(client, ["reload", jail, switches, stream], ["reload"]);
  });
}

/** Returns the configuration as commands for a fail2ban server. A bailiff server reads its configuration itself. */
async function streamFor(
  options: ClientOptions,
  jail: string,
): Promise<readonly (readonly PickleValue[])[] | undefined> {
  const read = await readSetup(options);
  if (read === undefined) return undefined;
  const all = describeStream(read.running);
  if (jail === "--all") return all;
  const own = all.filter((command) => command[1] === jail);
  if (own.length > 0) return own;
  complain(`Failed during configuration: No section: '${jail}'`);
  return undefined;
}

async function isOurs(client: CommandClient): Promise<boolean> {
  return (await client.send(["bailiff-version"])).kind === "value";
}

/** Restarts the server. A bailiff server only reloads everything, which has the same effect. */
async function restart(conversation: Conversation): Promise<boolean> {
  return withClient(conversation, async (client) => {
    if (await isOurs(client)) return exchange(client, ["reload", "--all", [], []], ["reload"]);
    complain("the service manager restarts the server: systemctl restart fail2ban");
    return false;
  });
}
