/**
 * Runs the dashboard: a process apart from the daemon, without privileges, that talks only to the control socket. The
 * daemon imports none of it, and does not notice whether it runs.
 */
import { DaemonReader } from "./daemon-reader.ts";
import { limitLog } from "./log-limit.ts";
import { LiveEvents } from "./live-events.ts";
import { LoginLimit } from "./login/login-limit.ts";
import { LoginLinks, newLinkKey } from "./login/login-links.ts";
import { Sessions } from "./login/sessions.ts";
import { readMetricsToken } from "./metrics-token.ts";
import { writeRunning } from "./runtime-file.ts";
import { readUptime } from "../host/uptime.ts";
import { createApp } from "./server/app.ts";
import { ConnectionLimit } from "./server/connection-limit.ts";
import { openListener } from "./server/open-listener.ts";
import { loadPageFiles } from "./server/page-files.ts";
import type { WebSettings } from "./web-settings.ts";

export interface WebOptions {
  readonly settings: WebSettings;
  /** Path of the daemon's control socket. */
  readonly socket: string;
  /** Directory of the file for `bailiff web open`. */
  readonly runtime: string;
  readonly log: (line: string) => void;
  /** Wall clock, in milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds since the machine started. */
  readonly uptime?: () => number;
}

export interface Web extends AsyncDisposable {
  readonly url: string;
}

/** Opens the dashboard. Throws a `CodedError` if it cannot listen, or cannot write its file. */
export async function openWeb(options: WebOptions): Promise<Web> {
  const { settings, socket, runtime, log, now = Date.now, uptime = readUptime } = options;
  const key = newLinkKey();
  const connections = new ConnectionLimit();
  await using undo = new AsyncDisposableStack();
  const { metricsTokenFile: file } = settings;
  const app = createApp({
    settings,
    isMetricsToken: file === undefined ? undefined : await readMetricsToken(file),
    sessions: new Sessions(),
    links: new LoginLinks(key),
    limit: new LoginLimit(),
    reader: new DaemonReader(socket),
    live: undo.use(new LiveEvents(socket)),
    findPage: loadPageFiles(),
    connections,
    now,
    uptime,
    log,
    logRefusal: limitLog(log, uptime),
  });
  const { url } = undo.use(await openListener(app, settings, connections));
  undo.use(writeRunning(runtime, { url, key, pid: process.pid }));
  const opened = undo.move();
  return { url, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
