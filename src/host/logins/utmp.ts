/**
 * Parses records of utmp(5), which btmp and wtmp contain too. They have a fixed size, one for each login with its
 * peer's address. Pure. The width of two fields depends on the architecture (glibc's bits/utmp.h, bits/types.h).
 */
import { type Instant, instant } from "../../domain/instant.ts";
import { type Ip, ipFromBits, parseIp } from "../../domain/ip.ts";

export interface UtmpRecord {
  /** Record type: USER_PROCESS, LOGIN_PROCESS, … (utmp(5)). */
  readonly type: number;
  readonly pid: number;
  readonly terminal: string;
  readonly account: string;
  readonly at: Instant;
  /** The peer; undefined: a local login. */
  readonly ip: Ip | undefined;
}

export interface UtmpSession {
  readonly account: string;
  readonly ip: Ip;
  readonly since: Instant;
  readonly terminal: string;
  readonly pid: number;
}

interface Layout {
  readonly size: number;
  readonly time: number;
  readonly address: number;
}

/**
 * Layout with 32-bit session and times, for compatibility with 32-bit programs, as on x86-64. Architectures without
 * such programs use WIDE, with 64 bits.
 */
const COMPATIBLE: Layout = { size: 384, time: 340, address: 348 };
const WIDE: Layout = { size: 400, time: 344, address: 360 };
const LAYOUTS: ReadonlyMap<string, Layout> = new Map([
  ["arm64", WIDE],
  ["riscv64", WIDE],
  ["loong64", WIDE],
]);

export const USER_PROCESS = 7;
const TERMINAL = { at: 8, length: 32 };
const ACCOUNT = { at: 44, length: 32 };

/** Returns the size of a record, in bytes. */
export function utmpRecordSize(architecture: string): number {
  return layoutOf(architecture).size;
}

/** Parses the complete records; ignores an incomplete one at the end. */
export function parseUtmpRecords(bytes: Buffer, architecture: string): readonly UtmpRecord[] {
  const { size, time, address } = layoutOf(architecture);
  const records: UtmpRecord[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    const record = bytes.subarray(at, at + size);
    records.push({
      type: record.readInt16LE(0),
      pid: record.readInt32LE(4),
      terminal: textIn(record, TERMINAL),
      account: textIn(record, ACCOUNT),
      at: instant(record.readUInt32LE(time) * 1000),
      ip: addressIn(record.subarray(address, address + 16)),
    });
  }
  return records;
}

/** Returns the sessions that utmp lists as open. */
export function parseUtmp(bytes: Buffer, architecture: string): readonly UtmpSession[] {
  return parseUtmpRecords(bytes, architecture).flatMap(
    ({ type, ip, at: since, account, terminal, pid }) =>
      type !== USER_PROCESS || ip === undefined ? [] : [{ account, ip, since, terminal, pid }],
  );
}

function layoutOf(architecture: string): Layout {
  return LAYOUTS.get(architecture) ?? COMPATIBLE;
}

/** Reads network byte order; IPv4 is in the first word, others are zero. undefined: a local session. */
function addressIn(bytes: Buffer): Ip | undefined {
  const high = bytes.readBigUInt64BE(0);
  const low = bytes.readBigUInt64BE(8);
  if (high === 0n && low === 0n) return undefined;
  if (low === 0n && (high & 0xffffffffn) === 0n) return ipFromBits(high >> 32n, "ipv4");
  const ip = ipFromBits((high << 64n) | low, "ipv6");
  return parseIp(ip) ?? ip;
}

function textIn(record: Buffer, { at, length }: { at: number; length: number }): string {
  const bytes = record.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? length : end);
}
