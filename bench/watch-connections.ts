/**
 * Watches ended connections as the daemon does, for the benchmark of witnesses. Renews the watch as often as it stops,
 * which the daemon does every half minute only: the worst case.
 */
import { watchEndedConnections } from "../src/host/kernel/ended-connections.ts";

const RENEW_MS = 5;

let ended = 0;
const watch = await watchEndedConnections({
  onEnded: (connections) => {
    ended += connections.length;
  },
  onListenersClosed: () => undefined,
});
if (!watch.ok) throw new Error(watch.error);
process.stdout.write("ready\n");
const { value } = watch;
const timer = setInterval(() => value.renew(), RENEW_MS);
process.once("SIGTERM", () => {
  clearInterval(timer);
  value.close();
  process.stdout.write(`${ended}\n`);
});
