/**
 * Runs the dashboard: a process apart from the daemon, without privileges, that talks only to the control socket. The
 * daemon imports none of it, and does not notice whether it runs.
 */
import { DaemonReader } from "./daemon-reader.ts";
import { LiveEvents } from "./live-events.ts";
import { LoginLimit } from "./login/login-limit.ts";
import { LoginLinks, newLinkKey } from "./login/login-links.ts";
import { Sessions } from "./login/sessions.ts";
import { writeRunning } from "./runtime-file.ts";
import { createApp } from "./server/app.ts";
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
  readonly now?: () => number;
}

export interface Web extends AsyncDisposable {
  readonly url: string;
}

/** Opens the dashboard. Throws a `CodedError` if it cannot listen, or cannot write its file. */
export async function openWeb(options: WebOptions): Promise<Web> {
  const { settings, socket, runtime, log, now = Date.now } = options;
  const key = newLinkKey();
  await using undo = new AsyncDisposableStack();
  const app = createApp({
    settings,
    sessions: new Sessions(),
    links: new LoginLinks(key),
    limit: new LoginLimit(settings.users.keys()),
    reader: new DaemonReader(socket),
    live: new LiveEvents(socket),
    findPage: loadPageFiles(),
    now,
    log,
  });
  const { url } = undo.use(await openListener(app, settings));
  undo.use(writeRunning(runtime, { url, key }));
  const opened = undo.move();
  return { url, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
