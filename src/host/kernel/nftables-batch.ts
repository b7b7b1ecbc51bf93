/**
 * Sends changes to the kernel's nf_tables as transactions, over one netlink socket that stays open. A transaction of
 * 1,000 elements blocks for about 2 ms, most of it in the kernel.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import { openNativeLibrary } from "./native-library.ts";
import type { NetlinkSocket, OpenNetlink } from "./netlink-socket.ts";
import { decodeMessages } from "./nftables-message.ts";

export interface Batches {
  /** Sends the result of `encodeBatch`. The error is a message of the C library: "No such file or directory". */
  run(batch: Uint8Array): Result<undefined, string>;
  close(): void;
}

const RECEIVE_BYTES = 1 << 20;

export async function openBatches(open: OpenNetlink): Promise<Result<Batches, string>> {
  const libc = await openNativeLibrary("libc.so.6", (bind) => ({
    strerror: bind("const char *strerror(int code)"),
  }));
  if (!libc.ok) return libc;
  const explain = (code: number): string => String(libc.value.calls.strerror(code));
  let socket: NetlinkSocket | undefined;
  const close = (): void => {
    socket?.close();
    socket = undefined;
  };
  return ok({
    run(batch) {
      if (socket === undefined) {
        const opened = open({ groups: 0, receiveBytes: RECEIVE_BYTES });
        if (!opened.ok) return opened;
        socket = opened.value;
      }
      const result = runOnce(socket, batch, explain);
      // Close the socket, because late messages would be mistaken for the answer to the next batch.
      if (!result.ok) close();
      return result;
    },
    close,
  });
}

function runOnce(
  socket: NetlinkSocket,
  batch: Uint8Array,
  explain: (code: number) => string,
): Result<undefined, string> {
  const sent = socket.send(batch);
  if (!sent.ok) return sent;
  let confirmed = false;
  for (;;) {
    const received = socket.receive();
    // The kernel answers inside `send`, so no more messages will come.
    if (received.kind === "empty")
      return confirmed ? ok(undefined) : fail("the kernel did not confirm the transaction");
    if (received.kind !== "datagram")
      return fail(`the kernel's answer broke off: ${received.kind}`);
    for (const { kind, type } of decodeMessages(received.bytes)) {
      if (kind !== "error") continue;
      if (type !== 0) return fail(explain(type));
      confirmed = true;
    }
  }
}
