/** Opens what the parts of the daemon share: the record, notices, actions, and the lock of the network namespace. */
import { Actions } from "../actions/run-actions.ts";
import { holdNetwork } from "../firewall/hold-network.ts";
import type { Loaded } from "../jails/load-all.ts";
import { createNotices } from "../notify/notices.ts";
import { createStateStore } from "../record/state-store.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Opened } from "./create-parts.ts";
import type { DaemonPorts } from "./daemon-ports.ts";
import { openDaemonBook } from "./open-daemon-book.ts";

export async function openBeforeParts(
  emit: Emit,
  ports: DaemonPorts,
  initial: Loaded,
): Promise<Opened> {
  const { clock, host } = ports;
  const network = await holdNetwork(initial, ports.firewall, emit);
  const record = await openDaemonBook(initial.config, { clock, emit }).catch((error: unknown) => {
    network?.release();
    throw error;
  });
  const stateStore = createStateStore(record.book);
  const notices = createNotices({ emit, clock, host: host.name, store: stateStore });
  const common = { book: record.book, clock, emit: notices.emit };
  const actions = new Actions({ ...common, runShell: host.runShell, stateStore });
  return { ...record, network, notices, actions };
}
