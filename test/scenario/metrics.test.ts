/** Metrics count what happened since the start, and have no label whose values a client chooses. */
import assert from "node:assert/strict";
import test from "node:test";
import { METRICS, type MetricReply } from "../../src/telemetry/metrics.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[jails.sshd]
source = { file = ["/story"] }

[jails.trial]
filter = "sshd"
source = { file = ["/story"] }
enforcer = "memory"
`;

async function metricsOf(daemon: VirtualDaemon): Promise<readonly MetricReply[]> {
  const reply = await daemon.answer.metrics({}, "operator");
  return "length" in reply ? reply : (await Array.fromAsync(reply)).flat();
}

/** The value with this name and these values of labels, in the order of the labels. */
function valueOf(metrics: readonly MetricReply[], name: string, ...labels: readonly string[]) {
  const samples = metrics.flatMap((metric) => metric.samples);
  return samples.find(
    (one) => one.name === name && String(Object.values(one.labels)) === String(labels),
  )?.value;
}

async function fail(daemon: VirtualDaemon, ip: string): Promise<void> {
  const stamp = new Date(daemon.now()).toISOString();
  const lines = [1, 2, 3, 4, 5].map(
    (n) => `${stamp} host sshd[${n}]: Failed password for root from ${ip} port ${n} ssh2`,
  );
  await daemon.read(lines, "live");
}

test("bans, failures, states and ages of proofs are in the metrics, without addresses", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  assert.equal(valueOf(await metricsOf(daemon), "bailiff_events_total", "ban"), 0);
  await fail(daemon, "192.0.2.7");
  await fail(daemon, "192.0.2.8");
  const metrics = await metricsOf(daemon);
  const value = (name: string, ...labels: readonly string[]): number | undefined =>
    valueOf(metrics, name, ...labels);
  assert.equal(value("bailiff_up"), 1);
  assert.equal(value("bailiff_events_total", "ban"), 4);
  assert.equal(value("bailiff_events_total", "breaker-tripped"), 0);
  assert.equal(value("bailiff_jail_failures_total", "sshd"), 10);
  assert.deepEqual([value("bailiff_bans", "sshd"), value("bailiff_bans", "manual")], [2, 0]);
  assert.equal(value("bailiff_jail_state", "sshd", "protecting"), 1);
  assert.equal(value("bailiff_jail_state", "sshd", "blind"), 0);
  assert.equal(value("bailiff_jail_state", "trial", "observing"), 1);
  assert.equal(value("bailiff_jail_proof_age_seconds", "sshd", "firewall"), 0);
  // Observed bans reach no firewall.
  assert.equal(value("bailiff_line_to_kernel_seconds_count"), 2);
  assert.ok(!JSON.stringify(metrics).includes("192.0.2."), "no address");
  for (const { name, samples, type } of metrics)
    for (const { labels } of samples) {
      const { le: _limit, ...others } = labels;
      const expected = Object.entries(METRICS).find(([metric]) => metric === name)?.[1].labels;
      assert.deepEqual(Object.keys(type === "histogram" ? others : labels), expected, name);
    }
});

test("every metric of the catalog is answered, and counters only rise", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const names = (await metricsOf(daemon)).map(({ name }) => name);
  assert.deepEqual(names.toSorted(), Object.keys(METRICS).toSorted());
  let before = await metricsOf(daemon);
  for (const n of [1, 2, 3]) {
    await fail(daemon, `192.0.2.${n}`);
    await daemon.passTo(60_000);
    const now = await metricsOf(daemon);
    for (const { name, labels, value } of before
      .filter(({ type }) => type !== "gauge")
      .flatMap(({ samples }) => samples))
      assert.ok((valueOf(now, name, ...Object.values(labels)) ?? -1) >= value, name);
    before = now;
  }
});
