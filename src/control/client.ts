/**
 * Sends commands to a running daemon over its control socket, one at a time. Every failure is a CodedError whose hint
 * says what to do. An answer has no time limit, because the end of the connection is noticed. The greeting has one: a
 * daemon that does not send it within GREETING_MS is suspended or hangs.
 */
import { reasonOf } from "../host/explain-system-error.ts";
import { connect, type Socket } from "node:net";
import { CodedError } from "../domain/errors.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { createAlarm, sleep } from "../host/timers.ts";
import { openSocketTo } from "./closed-socket.ts";
import { createLineReader } from "./line-reader.ts";
import type { CommandName, Commands, FollowReply } from "./messages.ts";
import { ownerSocketFor } from "./owner-socket.ts";
import { encode, PROTOCOL_VERSION, REPLY_BYTES } from "./protocol.ts";
import { isRecord, parseJson } from "../domain/json.ts";
import { codeOf } from "../domain/thrown-error.ts";

export interface ControlClient extends AsyncDisposable {
  request<Name extends CommandName>(
    command: Name,
    input: Commands[Name]["in"],
  ): Promise<Commands[Name]["out"]>;
  /** Yields new events, until `signal` aborts or the daemon ends. */
  follow(signal: AbortSignal): AsyncIterable<FollowReply>;
}

const GREETING_MS = 15_000;
const FIRST_RETRY_MS = 10;
const MAX_RETRY_MS = 200;

export interface ConnectOptions {
  /** Milliseconds to wait for the daemon's greeting. */
  readonly patience?: number;
  /** The person for whom this program asks, for the audit. */
  readonly user?: string | undefined;
  /** Whether nobody can start this program with sudo instead. */
  readonly isService?: boolean;
}

export async function connectControl(
  path: string,
  { patience = GREETING_MS, user, isService = false }: ConnectOptions = {},
): Promise<ControlClient> {
  const socket = await openSocket(path, patience, isService);
  const lines = readLines(socket);
  const late = createAlarm(() => socket.destroy(silent(path)));
  late.set(patience);
  try {
    checkHello(await nextMessage(lines));
    late.clear();
    socket.write(encode({ v: PROTOCOL_VERSION, ...(user === undefined ? {} : { user }) }));
  } catch (error) {
    late.clear();
    socket.destroy();
    throw error;
  }
  let id = 0;
  return {
    request: async (command, input) => {
      socket.write(encode({ id: ++id, command, input }));
      // Not validated: both ends are this program, with the same protocol version.
      return (await collect(lines)) as Commands[typeof command]["out"];
    },
    follow: async function* (signal) {
      const stop = (): void => void socket.end();
      signal.addEventListener("abort", stop, { once: true });
      socket.write(encode({ id: ++id, command: "follow", input: {} }));
      for (;;) {
        const reply = readReply(await nextMessage(lines));
        for (const item of reply.list) yield item as FollowReply;
        if (reply.last) return;
      }
    },
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
    },
  };
}

/**
 * Connects; retries for `patience` milliseconds while the socket's queue is full (EAGAIN). A member of the group can
 * fill the queue on purpose, so the owner has a separate socket if a group shares this one.
 */
async function openSocket(path: string, patience: number, isService: boolean): Promise<Socket> {
  const owner = ownerSocketFor(path, process.geteuid?.() ?? 0);
  const until = performance.now() + patience;
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(2 * wait, MAX_RETRY_MS)) {
    const first = owner === undefined ? undefined : await tryConnect(owner);
    if (first?.ok) return first.value;
    const tried = await tryConnect(path);
    if (tried.ok) return tried.value;
    if (codeOf(tried.error) !== "EAGAIN" || performance.now() + wait > until)
      throw explainConnect(path, tried.error, isService);
    await sleep(wait, AbortSignal.timeout(wait));
  }
}

function tryConnect(path: string): Promise<Result<Socket, Error>> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const failed = (error: Error): void => resolve(fail(error));
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      // Reading fails too, with a better message.
      socket.on("error", () => undefined);
      resolve(ok(socket));
    });
  });
}

function explainConnect(path: string, error: Error, isService: boolean): CodedError {
  const start = "if it is not running, start it: systemctl start bailiff   (or: bailiff run)";
  switch (codeOf(error) ?? "") {
    case "ENOENT":
      return new CodedError("not-running", `cannot reach the daemon: ${path} does not exist`, {
        hint: start,
      });
    case "ECONNREFUSED":
      return new CodedError(
        "not-running",
        `cannot reach the daemon: no process is listening on ${path}`,
        { hint: start },
      );
    case "EACCES":
    case "EPERM":
      return new CodedError("permission-denied", `permission denied: ${path}`, {
        hint: `${isService ? "" : "use sudo; or for commands that only read, "}${openSocketTo(process.geteuid?.() ?? 0, path)}`,
      });
    case "EAGAIN":
      return new CodedError(
        "unreachable",
        `the queue of ${path} stays full: too many clients connect at the same time`,
        {
          hint: "find out who does: ss --unix --processes | grep bailiff",
        },
      );
    default:
      return new CodedError(
        "unreachable",
        `cannot reach the daemon on ${path}: ${reasonOf(error)}`,
        {
          cause: error,
        },
      );
  }
}

function silent(path: string): CodedError {
  return new CodedError("unreachable", `the daemon on ${path} does not answer`, {
    hint: "its process is suspended or hangs: systemctl restart bailiff; bans that were made stay in the firewall",
  });
}

async function* readLines(socket: Socket): AsyncGenerator<string, undefined> {
  const reader = createLineReader(REPLY_BYTES);
  try {
    for await (const bytes of socket) {
      const lines = Buffer.isBuffer(bytes) ? reader.push(bytes) : undefined;
      if (lines === undefined) throw protocolError("it did not send a line of text");
      yield* lines;
    }
  } catch (error) {
    if (error instanceof CodedError) throw error;
    // A broken connection counts as ended.
  }
  return undefined;
}

async function nextMessage(lines: AsyncGenerator<string, undefined>): Promise<object> {
  const next = await lines.next();
  if (next.done === true) {
    throw new CodedError("connection-lost", "the daemon closed the connection before it answered", {
      hint: "its log says why",
    });
  }
  const message = parseJson(next.value);
  if (!isRecord(message)) throw protocolError("it sent no JSON object");
  return message;
}

function checkHello(hello: object): void {
  if ("ok" in hello) readReply(hello);
  if (!("bailiff" in hello) || !("v" in hello)) throw protocolError("it did not greet");
  if (hello.v === PROTOCOL_VERSION) return;
  throw new CodedError(
    "version-mismatch",
    `the daemon speaks version ${String(hello.v)} of the control protocol, this command ${PROTOCOL_VERSION}`,
    { hint: "restart the daemon after an update: systemctl restart bailiff" },
  );
}

async function collect(lines: AsyncGenerator<string, undefined>): Promise<unknown> {
  const list: unknown[] = [];
  for (;;) {
    const reply = readReply(await nextMessage(lines));
    if (!reply.last) list.push(...reply.list);
    else return list.length === 0 ? reply.value : [...list, ...reply.list];
  }
}

interface Reply {
  readonly last: boolean;
  readonly value: unknown;
  readonly list: readonly unknown[];
}

function readReply(reply: object): Reply {
  if ("error" in reply) throw asError(reply.error);
  if ("part" in reply && Array.isArray(reply.part)) {
    return { last: false, value: undefined, list: reply.part };
  }
  if (!("value" in reply)) throw protocolError("its reply is empty");
  return { last: true, value: reply.value, list: Array.isArray(reply.value) ? reply.value : [] };
}

function asError(error: unknown): CodedError {
  if (typeof error !== "object" || error === null) return protocolError("its error is empty");
  const { code, message, hint } = {
    code: undefined,
    message: undefined,
    hint: undefined,
    ...error,
  };
  return new CodedError(String(code), String(message), typeof hint === "string" ? { hint } : {});
}

function protocolError(what: string): CodedError {
  return new CodedError("bad-reply", `the daemon's answer cannot be read: ${what}`, {
    hint: "is it another program's socket, or a daemon of another release?",
  });
}
