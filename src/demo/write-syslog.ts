/**
 * Runs as the lab's syslog daemon, a separate program. It receives messages at /dev/log (a datagram socket, which Node
 * does not support) and writes them to standard output and to a log file, in the format of /var/log/auth.log on Debian.
 * Its calls may block, since it only waits for the next message.
 *
 * node write-syslog.ts SOCKET FILE
 */
import { appendFileSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { openNativeLibrary } from "../host/kernel/native-library.ts";

/** Constants of Linux (sys/socket.h, linux/un.h), the same on x86-64 and arm64. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const PATH_BYTES = 108;
const MAX_MESSAGE_BYTES = 8192;

/** A message of syslog(3): "<priority>Mon dd hh:mm:ss tag[pid]: text". */
const MESSAGE = /^<\d+>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (.*)$/s;

async function receive(path: string, take: (message: string) => void): Promise<never> {
  const libc = await openNativeLibrary("libc.so.6", (bind) => ({
    socket: bind("int socket(int domain, int type, int protocol)"),
    bind: bind("int bind(int fd, const void *address, uint32_t length)"),
    recv: bind("long recv(int fd, void *bytes, size_t length, int flags)"),
  }));
  if (!libc.ok) throw new Error(libc.error);
  const { calls } = libc.value;
  const address = Buffer.alloc(2 + PATH_BYTES);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2, PATH_BYTES - 1);
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM, 0);
  if (calls.bind(fd, address, address.length) !== 0)
    throw new Error(`bind: errno ${libc.value.errno()}`);
  writeSync(1, "ready\n");
  const buffer = Buffer.alloc(MAX_MESSAGE_BYTES);
  for (;;) {
    const length = Number(calls.recv(fd, buffer, buffer.length, 0));
    if (length > 0) take(buffer.toString("utf8", 0, length).replace(/[\n\0]+$/, ""));
  }
}

const [, , socket = "", file = ""] = process.argv;
const host = hostname().split(".")[0];
await receive(socket, (message) => {
  const text = MESSAGE.exec(message)?.[1];
  if (text === undefined) return;
  const line = `${new Date().toISOString().replace("Z", "000+00:00")} ${host} ${text}\n`;
  appendFileSync(file, line);
  writeSync(1, line);
});
