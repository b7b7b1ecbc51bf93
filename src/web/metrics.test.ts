/** Metrics of the dashboard over real HTTP, with a real control socket whose answers are fixed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CodedError } from "../domain/errors.ts";
import { metricOf } from "../telemetry/metrics.ts";
import { renderMetrics } from "../telemetry/render-metrics.ts";
import { WebLab } from "./web-lab.fixture.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const METRICS = [
  metricOf("bailiff_events_total", [{ labels: { event: "ban" }, value: 3 }]),
  metricOf("bailiff_bans", [{ labels: { jail: "sshd" }, value: 2 }]),
];

const folder = mkdtempSync(join(tmpdir(), `bailiff-token-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

function tokenFile(content: string, mode = 0o600): string {
  const path = join(folder, `token-${content.length}-${mode}`);
  writeFileSync(path, `${content}\n`, { mode });
  return path;
}

async function openLab(toml = `metrics_token_file = "${tokenFile(TOKEN)}"`): Promise<WebLab> {
  const lab = await WebLab.open(toml);
  lab.answers.set("metrics", async () => METRICS);
  return lab;
}

const bearer = (token: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${token}`,
});

test("a scrape with the token gets what bailiff metrics prints; without it nothing, and the daemon is not asked", async () => {
  await using lab = await openLab();
  const { status, text, headers } = await lab.send("/metrics", { headers: bearer(TOKEN) });
  assert.equal(status, 200);
  assert.equal(text, renderMetrics(METRICS, "text"));
  assert.equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(headers["cache-control"], "no-store");
  lab.asked.length = 0;
  for (const wrong of [{}, bearer("x"), bearer(`${TOKEN}0`), { authorization: `Basic ${TOKEN}` }]) {
    const refused = await lab.send("/metrics", { headers: wrong });
    assert.deepEqual([refused.status, refused.body.error?.code], [401, "token-needed"]);
    assert.equal(refused.headers["www-authenticate"], "Bearer");
  }
  assert.equal(lab.asked.length, 0);
  assert.match(lab.log.join("\n"), /a request for \/metrics was refused: it has a wrong token/);
  assert.ok(!lab.log.join("\n").includes(TOKEN));
});

test("without a configured token only a session reads the metrics, also on this host", async () => {
  await using lab = await openLab("");
  for (const headers of [{}, bearer(""), bearer("undefined"), bearer(TOKEN)])
    assert.equal((await lab.send("/metrics", { headers })).status, 401);
  const session = await lab.logIn("read-only");
  assert.equal((await lab.send("/metrics", { headers: session })).status, 200);
  const { cookie = "" } = session;
  assert.equal((await lab.send("/metrics", { headers: { cookie } })).status, 401);
  const moved = { ...session, host: `localhost:${lab.url.port}` };
  assert.equal((await lab.send("/metrics", { headers: moved })).status, 421);
});

test("the format is the one that the client prefers", async () => {
  await using lab = await openLab();
  const open = "application/openmetrics-text";
  const formatOf = async (accept: string): Promise<string> => {
    const headers = { ...bearer(TOKEN), accept };
    const answer = await lab.send("/metrics", { headers });
    const type = String(answer.headers["content-type"]);
    const isOpen = type === `${open}; version=1.0.0; charset=utf-8`;
    assert.equal(answer.text, renderMetrics(METRICS, isOpen ? "openmetrics" : "text"));
    return isOpen ? "openmetrics" : type;
  };
  const prometheus = `${open};version=1.0.0;q=0.8,${open};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`;
  assert.equal(await formatOf(prometheus), "openmetrics");
  assert.equal(await formatOf(open), "openmetrics");
  const text = "text/plain; version=0.0.4; charset=utf-8";
  for (const accept of [
    ...["*/*", "text/html", `${open};q=0`, `${open};version=2.0.0,text/plain;q=0.5`],
    `${open};q=0.3,text/plain;q=0.5`,
  ])
    assert.equal(await formatOf(accept), text, accept);
});

test("scrapes at the same time are one question to the daemon", async () => {
  await using lab = await openLab();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  lab.answers.set("metrics", () => promise);
  const scrapes = Array.from({ length: 5 }, () => lab.send("/metrics", { headers: bearer(TOKEN) }));
  // Asked after them, so that all have arrived when it is answered.
  assert.equal((await lab.send("/metrics")).status, 401);
  resolve(METRICS);
  for (const { status } of await Promise.all(scrapes)) assert.equal(status, 200);
  assert.equal(lab.asked.filter(([command]) => command === "metrics").length, 1);
});

test("a daemon that is slow or does not run is a 503 that says so, within the scraper's time", async () => {
  await using lab = await openLab();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  lab.answers.set("metrics", () => promise);
  const hurry = { ...bearer(TOKEN), "x-prometheus-scrape-timeout-seconds": "0.2" };
  const slow = await lab.send("/metrics", { headers: hurry });
  assert.deepEqual([slow.status, slow.body.error?.code], [503, "daemon-slow"]);
  resolve(METRICS);
  await using other = await openLab();
  await other.stopDaemon();
  const stopped = await other.send("/metrics", { headers: bearer(TOKEN) });
  assert.deepEqual([stopped.status, stopped.body.error?.code], [503, "not-running"]);
});

test("a token that others may read, or that can be guessed, is refused at the start", async () => {
  await assert.rejects(openLab(`metrics_token_file = "${tokenFile("short")}"`), /fewer than 20/);
  await assert.rejects(openLab(`metrics_token_file = "${tokenFile(TOKEN, 0o644)}"`), /may read/);
  await assert.rejects(openLab('metrics_token_file = "/nonexistent/token"'), {
    code: "web-misconfigured",
    message: /cannot be read/,
  });
});

test("the advice about a token never overwrites one that exists", async () => {
  const hintOf = async (path: string): Promise<string> => {
    const opened = openLab(`metrics_token_file = "${path}"`);
    return opened.then(
      () => assert.fail(path),
      (error: unknown) => (error instanceof CodedError ? (error.hint ?? "") : assert.fail(path)),
    );
  };
  assert.match(
    await hintOf(join(folder, "none")),
    /^make one: head -c 32 \/dev\/urandom \| base64 > /,
  );
  assert.match(await hintOf(tokenFile("short")), /^make one: /);
  assert.match(await hintOf(tokenFile(TOKEN, 0o644)), /LoadCredential=metrics:/);
  assert.match(await hintOf("/run/credentials/nonexistent/metrics"), /^systemctl edit bailiff-web/);
});
