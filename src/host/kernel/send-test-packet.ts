/**
 * Sends this host one packet with a forged source address, to verify that the firewall drops it. The packet leaves and
 * arrives through the loopback interface, so no other host sees it. If nothing drops it, it has no effect: a TCP reset
 * without a connection, or a UDP datagram with a wrong checksum, is ignored. Needs CAP_NET_RAW (raw(7)).
 */
import { constants } from "node:os";
import { familyOf, type Ip, ipToBits } from "../../domain/ip.ts";
import type { Port } from "../../domain/port-scope.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Bind, type NativeFunction, openNativeLibrary } from "./native-library.ts";
import { errorName } from "./error-name.ts";

export interface TestPacket {
  readonly from: Ip;
  /** An address of this host, of the same family. */
  readonly to: Ip;
  readonly port: Port;
}

/** no-right: CAP_NET_RAW is missing. no-family: this host does not have IPv6 (or IPv4). */
export interface TestPacketFailure {
  readonly kind: "no-right" | "no-family" | "failed";
  readonly reason: string;
}

/** Constants of Linux (include/linux/socket.h, include/uapi/linux/in.h). */
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
/** With this protocol the caller writes the IP header, in both families. */
const IPPROTO_RAW = 255;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const MSG_DONTWAIT = 0x40;

type Libc = Readonly<Record<"socket" | "sendto" | "close", NativeFunction>>;

function bindLibc(bind: Bind): Libc {
  return {
    socket: bind("int socket(int domain, int type, int protocol)"),
    sendto: bind(
      "long sendto(int fd, const void *bytes, size_t length, int flags, const void *address, uint32_t size)",
    ),
    close: bind("int close(int fd)"),
  };
}

export async function sendTestPacket(
  packet: TestPacket,
): Promise<Result<undefined, TestPacketFailure>> {
  const loaded = await openNativeLibrary("libc.so.6", bindLibc);
  if (!loaded.ok) return fail({ kind: "failed", reason: loaded.error });
  const { calls: libc } = loaded.value;
  const errno = (): number => loaded.value.errno();
  const family = familyOf(packet.to) === "ipv4" ? AF_INET : AF_INET6;
  const fd = Number(libc.socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  if (fd < 0) return fail(openFailure(errno()));
  try {
    const bytes = formatPacket(packet);
    const address = socketAddress(packet.to);
    const sent = libc.sendto(fd, bytes, bytes.length, MSG_DONTWAIT, address, address.length);
    return Number(sent) === bytes.length ? ok(undefined) : fail(sendFailure(errno(), packet.to));
  } finally {
    libc.close(fd);
  }
}

function openFailure(code: number): TestPacketFailure {
  const { EPERM, EACCES, EAFNOSUPPORT } = constants.errno;
  if (code === EPERM || code === EACCES)
    return { kind: "no-right", reason: "CAP_NET_RAW is missing" };
  if (code === EAFNOSUPPORT) return { kind: "no-family", reason: "the kernel has no such family" };
  return { kind: "failed", reason: `no raw socket: ${errorName(code)}` };
}

function sendFailure(code: number, to: Ip): TestPacketFailure {
  const { EPERM, EADDRNOTAVAIL, ENETUNREACH, EHOSTUNREACH } = constants.errno;
  if ([EADDRNOTAVAIL, ENETUNREACH, EHOSTUNREACH].includes(code))
    return { kind: "no-family", reason: `no route to ${to} (${errorName(code)})` };
  // Netfilter returns EPERM to a sender whose packet an output rule drops.
  const reason = code === EPERM ? "an output rule of the firewall drops it" : errorName(code);
  return { kind: "failed", reason };
}

/** Encodes the address as sockaddr_in or sockaddr_in6. */
function socketAddress(ip: Ip): Buffer {
  const bytes = addressBytes(ip);
  const address = Buffer.alloc(bytes.length === 4 ? 16 : 28);
  address.writeUInt16LE(bytes.length === 4 ? AF_INET : AF_INET6, 0);
  bytes.copy(address, bytes.length === 4 ? 4 : 8);
  return address;
}

function addressBytes(ip: Ip): Buffer {
  const digits = familyOf(ip) === "ipv4" ? 8 : 32;
  return Buffer.from(ipToBits(ip).toString(16).padStart(digits, "0"), "hex");
}

/** Encodes the packet, beginning with its IP header (RFC 791, RFC 8200, RFC 9293, RFC 768). */
export function formatPacket({ from, to, port }: TestPacket): Buffer {
  const protocol = port.protocol === "tcp" ? IPPROTO_TCP : IPPROTO_UDP;
  const [source, destination] = [addressBytes(from), addressBytes(to)];
  const body = protocol === IPPROTO_TCP ? tcpReset(port.number) : Buffer.alloc(8);
  const pseudo = Buffer.concat([source, destination, Buffer.from([0, protocol, 0, body.length])]);
  if (protocol === IPPROTO_TCP) body.writeUInt16BE(checksum(Buffer.concat([pseudo, body])), 16);
  else {
    body.writeUInt16BE(FROM_PORT, 0);
    body.writeUInt16BE(port.number, 2);
    body.writeUInt16BE(body.length, 4);
    // Make one bit of the checksum wrong, so that no program receives the datagram.
    body.writeUInt16BE(checksum(Buffer.concat([pseudo, body])) ^ 1 || 2, 6);
  }
  const header = source.length === 4 ? Buffer.alloc(20) : Buffer.alloc(40);
  if (source.length === 4) {
    header.writeUInt8(0x45, 0);
    header.writeUInt16BE(header.length + body.length, 2);
    header.writeUInt8(64, 8);
    header.writeUInt8(protocol, 9);
    source.copy(header, 12);
    destination.copy(header, 16);
    header.writeUInt16BE(checksum(header), 10);
  } else {
    header.writeUInt8(0x60, 0);
    header.writeUInt16BE(body.length, 4);
    header.writeUInt8(protocol, 6);
    header.writeUInt8(64, 7);
    source.copy(header, 8);
    destination.copy(header, 24);
  }
  return Buffer.concat([header, body]);
}

/** A source port that services rarely listen on. */
const FROM_PORT = 61_001;
const TCP_RESET = 0x04;

function tcpReset(port: number): Buffer {
  const segment = Buffer.alloc(20);
  segment.writeUInt16BE(FROM_PORT, 0);
  segment.writeUInt16BE(port, 2);
  segment.writeUInt8(5 << 4, 12);
  segment.writeUInt8(TCP_RESET, 13);
  return segment;
}

/** Computes the Internet checksum (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
