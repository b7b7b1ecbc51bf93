/**
 * Counts elements that are added to sets of its network namespace, as a program: count-elements.ts N. Uses the kernel's
 * notifications, because `nft monitor` takes longer to print 100,000 elements than the kernel to add them. Prints
 * "listening", then "done FIRST LAST": the times of the first and the N-th element, in milliseconds since 1970.
 */
import { loadNetlink, type NetlinkSocket } from "../src/host/kernel/netlink-socket.ts";

const GROUP_NFTABLES = 1 << (7 - 1);
const RECEIVE_BYTES = 1 << 28;
/** Message type: NFNL_SUBSYS_NFTABLES and NFT_MSG_NEWSETELEM (linux/netfilter/nf_tables.h). */
const NEW_ELEMENT = (10 << 8) | 12;

const wanted = Number(process.argv[2]);
const netlink = await loadNetlink();
if (!netlink.ok) throw new Error(netlink.error);
const socket = netlink.value({ groups: GROUP_NFTABLES, receiveBytes: RECEIVE_BYTES });
if (!socket.ok) throw new Error(socket.error);
count(socket.value);

function count(from: NetlinkSocket): void {
  let seen = 0;
  let first = Number.NaN;
  const drain = (): void => {
    for (;;) {
      const received = from.receive();
      if (received.kind === "empty") return;
      if (received.kind !== "datagram") throw new Error(`elements were not seen: ${received.kind}`);
      const now = performance.timeOrigin + performance.now();
      const before = seen;
      seen += countIn(received.bytes);
      if (before === 0 && seen > 0) first = now;
      if (before >= wanted || seen < wanted) continue;
      process.stdout.write(`done ${first} ${now}\n`);
      from.close();
      clearInterval(alive);
      return;
    }
  };
  // Keeps the process running, which the readable signal alone does not.
  const alive = setInterval(drain, 1000);
  const listening = from.onReadable(drain);
  if (!listening.ok) throw new Error(listening.error);
  process.stdout.write("listening\n");
}

/**
 * Counts the elements in netlink messages. Messages are aligned to four bytes; each begins with its length and its type
 * (netlink(7)).
 */
function countIn(bytes: Buffer): number {
  let found = 0;
  for (let at = 0; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (bytes.readUInt16LE(at + 4) === NEW_ELEMENT) found++;
    at += Math.max(16, (length + 3) & ~3);
  }
  return found;
}
