/**
 * Measures the dashboard in Chromium, with 100,000 bans: its first view without a cache, the time from a line of a log
 * to its ban in the open page, the memory of `bailiff web`, and what five open pages cost the way of a ban to the kernel.
 */
import { chmodSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { failingLine, logOf, MAXRETRY, ROOT, startDaemon, stateOf } from "./bench-daemon.ts";
import type { Figure } from "./figure.ts";
import { followMonitor } from "./follow-monitor.ts";
import { banOne } from "./latency.ts";
import { type FollowedProgram, followProgram } from "./lines-of.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { prepareBook } from "./prepare-book.ts";
import { footprintOf } from "./program-memory.ts";
import type { Section } from "./section.ts";
import { median } from "./statistics.ts";

const BANS = 100_000;
const WITHIN_MS = 60_000;
const PAGES = 5;
const NOBODY = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
/** Text of the first view that is there only with the daemon's answer. */
const FIRST_VIEW = "Links from a log line to a dropped packet";

interface Dashboard extends AsyncDisposable {
  readonly web: FollowedProgram;
  /** Opens a page without a cache, and logs in. */
  open(): Promise<Opened>;
}

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Milliseconds until the first view is shown and reacts. */
  readonly ms: number;
  /** Bytes that came over the network until then. */
  readonly bytes: number;
}

export const measureDashboard: Section = async ({ quick, folder: parent, say }) => {
  const folder = join(parent, "dashboard");
  mkdirSync(folder);
  for (const one of [parent, folder]) chmodSync(one, 0o755);
  writeFileSync(logOf(folder), "");
  say(`dashboard: ${BANS} bans`);
  await prepareBook(stateOf(folder), { bans: BANS, failures: 0 });
  await using namespace = openNamespace("dashboard");
  await using daemon = startDaemon({ namespace, folder, group: "nogroup" });
  await daemon.event("jail-ok", WITHIN_MS);
  await using dashboard = await startDashboard(namespace, folder);
  const views: Opened[] = [];
  for (let n = 0; n < (quick ? 3 : 10); n++) {
    await using opened = await dashboard.open();
    views.push(opened);
  }
  const shown = await timeShownBans(dashboard, folder, quick ? 5 : 30);
  const ways = await timeWays({ namespace, folder, dashboard, samples: quick ? 10 : 50 });
  return describe(views, shown, ways, footprintOf(dashboard.web.pid).resident);
};

function describe(
  views: readonly Opened[],
  shown: readonly number[],
  ways: Ways,
  resident: number,
): readonly Figure[] {
  const details = { pages: PAGES, "slowest (ms)": Math.max(...ways.watched) };
  return [
    {
      name: `dashboard's first view, ${BANS / 1000}k bans, transferred`,
      ...{ unit: "KB", ours: median(views.map(({ bytes }) => bytes)) / 1000 },
      target: { kind: "limit", most: 120 },
    },
    {
      name: `dashboard's first view, ${BANS / 1000}k bans, until it reacts, median`,
      ...{ unit: "ms", ours: median(views.map(({ ms }) => ms)), details: { views: views.length } },
      target: { kind: "limit", most: 1000 },
    },
    {
      name: "last failing line -> ban in the open page, median",
      ...{ unit: "ms", ours: median(shown), details: { "slowest (ms)": Math.max(...shown) } },
      target: { kind: "limit", most: 300 },
    },
    {
      name: `last failing line -> kernel set with ${PAGES} open pages, median`,
      ...{ unit: "ms", ours: median(ways.watched), details },
      peer: { name: "none open", value: median(ways.alone) },
      target: { kind: "within", times: 1.1 },
    },
    {
      name: "bailiff web, resident memory",
      ...{ unit: "MB", ours: resident },
      target: { kind: "limit", most: 90 },
    },
  ];
}

async function startDashboard(namespace: Namespace, folder: string): Promise<Dashboard> {
  const runtime = join(folder, "web");
  mkdirSync(runtime);
  const settings = join(folder, "web.toml");
  writeFileSync(settings, 'listen = "127.0.0.1:8470"\n');
  const env = [`RUNTIME_DIRECTORY=${runtime}`, `BAILIFF_SOCKET=${join(folder, "bailiff.sock")}`];
  const bailiff = ["/usr/bin/env", ...env, "/bin/sh", join(ROOT, "bailiff"), "web"];
  const web = followProgram({
    argv: namespace.enter(
      "/bin/sh",
      "-c",
      'chown 65534 "$0" && exec "$@"',
      runtime,
      ...NOBODY,
      ...bailiff,
      "--settings",
      settings,
    ),
    stream: "stdout",
  });
  await web.first((text) => text.includes("The dashboard listens"), WITHIN_MS);
  const script = join(folder, "browser");
  const argv = namespace.enter("chromium").join(" ");
  writeFileSync(script, `#!/bin/sh\nexec ${argv} "$@"\n`, { mode: 0o755 });
  const browser = await chromium.launch({
    executablePath: script,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  return {
    web,
    open: async () => openPage(browser, await readLink(namespace.enter(...bailiff, "open"))),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await web[Symbol.asyncDispose]();
    },
  };
}

async function readLink(argv: readonly string[]): Promise<string> {
  await using program = followProgram({ argv, stream: "stdout" });
  const { text } = await program.first((line) => line.startsWith("http"), WITHIN_MS);
  return text.trim();
}

async function openPage(browser: Browser, link: string): Promise<Opened> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send("Network.enable");
  let bytes = 0;
  network.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  const began = performance.now();
  await page.goto(link);
  await page.getByText(FIRST_VIEW).waitFor();
  await page.getByRole("link", { name: "Bans", exact: true }).click({ trial: true });
  const ms = performance.now() - began;
  return { page, ms, bytes, [Symbol.asyncDispose]: () => context.close() };
}

/** Returns the milliseconds from each ban's last line until the page shows it, by the clock that both share. */
async function timeShownBans(
  dashboard: Dashboard,
  folder: string,
  samples: number,
): Promise<readonly number[]> {
  await using opened = await dashboard.open();
  const log = openSync(logOf(folder), "a");
  const times: number[] = [];
  for (let n = 0; n < samples; n++) {
    const ip = `192.0.2.${n + 1}`;
    const seen = opened.page.evaluate(watchFor(ip));
    await sleep(100);
    for (let line = 1; line < MAXRETRY; line++) writeSync(log, failingLine(ip, 1000 + n));
    await sleep(500 + Math.random() * 500);
    const written = Date.now();
    writeSync(log, failingLine(ip, 1000 + n));
    times.push(Number(await seen) - written);
  }
  return times;
}

/** Returns an expression that resolves with the time at which the list of events shows the ban of an address. */
function watchFor(ip: string): string {
  return `new Promise((resolve) => {
    const look = () => {
      for (const { textContent } of document.querySelectorAll(".live li"))
        if (/BAN/.test(textContent) && textContent.includes("${ip} ")) resolve(Date.now());
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
  })`;
}

interface Ways {
  readonly alone: readonly number[];
  readonly watched: readonly number[];
}

interface Attempt {
  readonly namespace: Namespace;
  readonly folder: string;
  readonly dashboard: Dashboard;
  readonly samples: number;
}

/** Measures bans by turns: without an open page, and with five. */
async function timeWays({ namespace, folder, dashboard, samples }: Attempt): Promise<Ways> {
  await using monitor = followMonitor(namespace);
  await sleep(1000);
  const contestant = { log: openSync(logOf(folder), "a"), retries: MAXRETRY, monitor };
  const [alone, watched]: [number[], number[]] = [[], []];
  let n = 0;
  for (let turn = 0; turn < 4; turn++) {
    await using pages = new AsyncDisposableStack();
    const isWatched = turn % 2 === 1;
    for (let page = 0; isWatched && page < PAGES; page++) pages.use(await dashboard.open());
    await sleep(2000);
    const times = isWatched ? watched : alone;
    for (let sample = 0; sample < samples; sample++) times.push(await banOne(contestant, n++));
  }
  return { alone, watched };
}
