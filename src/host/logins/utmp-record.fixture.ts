/** Builds records of btmp and wtmp in glibc's layout for this architecture (bits/utmp.h). */
import { familyOf, ipToBits, parseIp } from "../../domain/ip.ts";
import { utmpRecordSize } from "./utmp.ts";

export interface RecordFields {
  /** Record type; default: LOGIN_PROCESS, as sshd writes to btmp. */
  readonly type?: number;
  readonly terminal?: string;
  readonly account?: string;
  readonly ip: string;
  /** Time in epoch milliseconds. */
  readonly at: number;
}

export function utmpRecord({
  type = 6,
  terminal = "ssh:notty",
  account = "root",
  ip,
  at,
}: RecordFields): Buffer {
  const bytes = Buffer.alloc(utmpRecordSize(process.arch));
  const isWide = bytes.length === 400;
  bytes.writeInt16LE(type, 0);
  bytes.writeInt32LE(4711, 4);
  bytes.write(terminal, 8);
  bytes.write(account, 44);
  bytes.write(ip, 76);
  bytes.writeUInt32LE(Math.floor(at / 1000), isWide ? 344 : 340);
  addressBytes(ip).copy(bytes, isWide ? 360 : 348);
  return bytes;
}

/** Returns the bytes of an address in network order: 4 or 16. */
function addressBytes(text: string): Buffer {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`no address: ${text}`);
  const digits = familyOf(ip) === "ipv4" ? 8 : 32;
  return Buffer.from(ipToBits(ip).toString(16).padStart(digits, "0"), "hex");
}
