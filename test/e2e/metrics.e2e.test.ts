/** Metrics of a real daemon are valid for Prometheus, also in a file, and the file says when no daemon answers. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { NOT_UP } from "../../src/telemetry/metrics.ts";
import { renderMetrics } from "../../src/telemetry/render-metrics.ts";
import { failures, openStage, type Stage } from "./stage.ts";

const ROOT = join(import.meta.dirname, "../..");
const MONITORING = join(ROOT, "packaging/monitoring");

/** A query of a panel in Grafana. */
interface Target {
  readonly expr: string;
}

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
  await stage.start();
});
after(() => stage[Symbol.asyncDispose]());

/** Fails if the text has an error or breaks a convention of names. */
function checkMetrics(text: string): void {
  const output = execFileSync("promtool", ["check", "metrics"], { input: text, stdio: "pipe" });
  assert.equal(output.toString(), "");
}

test("promtool accepts what bailiff metrics prints, and a real ban is in it", async () => {
  stage.write(failures("203.0.113.9", 3));
  await stage.untilBlocked("203.0.113.9");
  const { output, code } = await stage.bailiff("metrics");
  assert.equal(code, 0);
  checkMetrics(`${output}\n`);
  assert.match(output, /^bailiff_events_total\{event="ban"\} 1$/m);
  assert.match(output, /^bailiff_bans\{jail="sshd"\} 1$/m);
  assert.match(output, /^bailiff_line_to_kernel_seconds_count 1$/m);
  assert.doesNotMatch(output, /203\.0\.113/);
  assert.throws(() => checkMetrics("# TYPE a counter\na 1\n"), "promtool judges names");
});

test("Prometheus reads the same metrics as OpenMetrics", async () => {
  const text = renderMetrics(await stage.ask("metrics", {}), "openmetrics");
  const [read, blocks] = ["metrics.txt", "blocks"].map((name) => join(dirname(stage.config), name));
  const importMetrics = (content: string): void => {
    writeFileSync(read ?? "", content);
    const command = ["tsdb", "create-blocks-from", "openmetrics", read ?? "", blocks ?? ""];
    execFileSync("promtool", command, { stdio: "pipe" });
  };
  // Only samples with a time can be imported.
  const timed = text.replace(/^(bailiff_.*)$/gm, "$1 1800000000");
  importMetrics(timed);
  const list = execFileSync("promtool", ["tsdb", "list", blocks ?? ""]).toString();
  const series = text.match(/^bailiff_/gm)?.length ?? 0;
  assert.match(
    list,
    new RegExp(`\\b${series} +${series}\\b`),
    "each line is a series with a sample",
  );
  assert.throws(() => importMetrics(timed.replace("# EOF\n", "")), "promtool judges the form");
});

test("promtool accepts the alert rules, and each fires when it must", () => {
  const rules = join(MONITORING, "bailiff-alerts.yml");
  execFileSync("promtool", ["check", "rules", rules], { stdio: "pipe" });
  const tests = join(ROOT, "test/monitoring/bailiff-alerts.test.yml");
  execFileSync("promtool", ["test", "rules", tests], { stdio: "pipe" });
});

test("promtool accepts every expression of the dashboard for Grafana", () => {
  const dashboard = readFileSync(join(MONITORING, "grafana-dashboard.json"), "utf8");
  const { panels }: { readonly panels: readonly { readonly targets: readonly Target[] }[] } =
    JSON.parse(dashboard);
  const rules = panels
    .flatMap(({ targets }) => targets)
    .map(({ expr }, n) => ({
      record: `panel:${n}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }));
  assert.ok(rules.length > 10);
  const file = join(dirname(stage.config), "panels.yml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: "panels", rules }] }));
  execFileSync("promtool", ["check", "rules", file], { stdio: "pipe" });
});

test("--out replaces a file that everyone may read, and leaves no other file", async () => {
  const folder = dirname(stage.config);
  const out = join(folder, "bailiff.prom");
  const before = readdirSync(folder);
  assert.equal((await stage.bailiff("metrics", "--out", out)).code, 0);
  checkMetrics(readFileSync(out, "utf8"));
  assert.match(readFileSync(out, "utf8"), /^bailiff_up 1$/m);
  assert.equal(statSync(out).mode & 0o777, 0o644);
  assert.deepEqual(readdirSync(folder).toSorted(), [...before, "bailiff.prom"].toSorted());
  const { output, code } = await stage.bailiff("metrics", "--out", join(folder, "missing/a.prom"));
  assert.equal(code, 73);
  assert.match(output, /cannot write .*missing\/a\.prom: no such file or directory/);
});

test("without a daemon the file says so", async () => {
  await stage.stop();
  const out = join(dirname(stage.config), "bailiff.prom");
  assert.equal((await stage.bailiff("metrics", "--out", out)).code, 69);
  assert.equal(readFileSync(out, "utf8"), renderMetrics(NOT_UP, "text"));
  checkMetrics(readFileSync(out, "utf8"));
});
