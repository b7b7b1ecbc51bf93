/**
 * Reports every change of this host's addresses when the kernel makes it. Listens to the address multicast groups of
 * rtnetlink(7), which need no privileges. Does not parse the change: the caller reads the addresses again.
 */
import { loadNetlink, ROUTE_PROTOCOL } from "./netlink-socket.ts";
import { ok, type Result } from "../../domain/result.ts";

/** RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR (linux/rtnetlink.h). */
const ADDRESS_GROUPS = 0x10 | 0x100;
/**
 * Size of the receive buffer, for some hundred messages. If more arrive before they are read, they count as one change.
 */
const RECEIVE_BYTES = 1 << 16;

export interface AddressWatch {
  close(): void;
}

/**
 * Starts watching. `onChange` is called once for all messages that arrived together. Fails when netlink is unavailable.
 */
export async function watchAddresses(onChange: () => void): Promise<Result<AddressWatch, string>> {
  const loaded = await loadNetlink();
  if (!loaded.ok) return loaded;
  const opened = loaded.value({
    protocol: ROUTE_PROTOCOL,
    groups: ADDRESS_GROUPS,
    receiveBytes: RECEIVE_BYTES,
  });
  if (!opened.ok) return opened;
  const socket = opened.value;
  const drain = (): void => {
    let changed = false;
    for (;;) {
      const { kind } = socket.receive();
      if (kind === "empty" || kind === "failed") break;
      changed = true;
    }
    if (changed) onChange();
  };
  const listening = socket.onReadable(drain);
  if (!listening.ok) {
    socket.close();
    return listening;
  }
  return ok({ close: () => socket.close() });
}
