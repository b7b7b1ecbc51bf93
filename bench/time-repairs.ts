/**
 * Measures the time from the deletion of elements to the last one that is added again, as a program. Usage:
 * time-repairs.ts TABLE BANS. Uses the kernel's notifications in its network namespace. Prints "listening", then for
 * each deletion "repaired MILLISECONDS". Supports one deletion at a time.
 */
import { loadNetlink, type NetlinkSocket } from "../src/host/kernel/netlink-socket.ts";

const GROUP_NFTABLES = 1 << (7 - 1);
const RECEIVE_BYTES = 1 << 28;
/** Number of NFNL_SUBSYS_NFTABLES, and message types of linux/netfilter/nf_tables.h. */
const SUBSYSTEM = 10;
const TYPE = { deleteTable: 2, newElement: 12, deleteElement: 14 } as const;
/**
 * Position of a message's table name, its first attribute: after struct nlmsghdr, struct nfgenmsg and the attribute's
 * header.
 */
const NAME_AT = 24;

const [table = "", bans = ""] = process.argv.slice(2);
const netlink = await loadNetlink();
if (!netlink.ok) throw new Error(netlink.error);
const socket = netlink.value({ groups: GROUP_NFTABLES, receiveBytes: RECEIVE_BYTES });
if (!socket.ok) throw new Error(socket.error);
time(socket.value);

function time(from: NetlinkSocket): void {
  let missing = 0;
  let since = Number.NaN;
  const see = (type: number, now: number): void => {
    if (type === TYPE.newElement && missing > 0) {
      missing--;
      if (missing === 0) process.stdout.write(`repaired ${now - since}\n`);
    } else if (type === TYPE.deleteTable || type === TYPE.deleteElement) {
      // A flush reports its elements before their table.
      if (missing === 0) since = now;
      missing = type === TYPE.deleteTable ? Number(bans) : missing + 1;
    }
  };
  const drain = (): void => {
    for (;;) {
      const received = from.receive();
      if (received.kind === "empty") return;
      if (received.kind !== "datagram") throw new Error(`not all was seen: ${received.kind}`);
      const now = performance.now();
      for (const type of typesIn(received.bytes)) see(type, now);
    }
  };
  // Keeps the process running, which the readable signal alone does not.
  setInterval(drain, 1000);
  const listening = from.onReadable(drain);
  if (!listening.ok) throw new Error(listening.error);
  process.stdout.write("listening\n");
}

/**
 * Yields the types of messages about the table. Messages are aligned to four bytes, and each begins with its length and
 * type.
 */
function* typesIn(bytes: Buffer): Iterable<number> {
  const name = `${table}\0`;
  for (let at = 0; at + NAME_AT <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const kind = bytes.readUInt16LE(at + 4);
    const ours = bytes.toString("latin1", at + NAME_AT, at + NAME_AT + name.length) === name;
    if (ours && kind >> 8 === SUBSYSTEM) yield kind & 0xff;
    at += Math.max(16, (length + 3) & ~3);
  }
}
