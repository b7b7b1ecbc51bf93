/**
 * Tells of every change of this host's addresses at the moment the kernel makes it: the multicast groups of addresses of
 * rtnetlink(7), which any process may listen to. What changed is not read: who wants to know looks at the addresses.
 */
import { loadNetlink, ROUTE_PROTOCOL } from "./netlink-socket.ts";
import { ok, type Result } from "../../domain/result.ts";

/** RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR (linux/rtnetlink.h). */
const ADDRESS_GROUPS = 0x10 | 0x100;
/** Some hundred messages; more than that is one change to whoever looks afterwards. */
const RECEIVE_BYTES = 1 << 16;

export interface AddressWatch {
  close(): void;
}

/** `onChange` comes once for what arrives together. An error when netlink cannot be used here. */
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
