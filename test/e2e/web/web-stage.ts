/** Opens the dashboard in a real browser, against a real daemon. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { launcherFlags } from "../../../src/demo/launcher-flags.ts";
import { openStage, type Stage } from "../stage.ts";

const MAIN = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const NODE = [process.execPath, ...launcherFlags(process.execArgv), MAIN];
const AS_NOBODY = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/** Lets the dashboard's user change bans. */
export const OPERATOR = `socket_group = "nogroup"
socket_operator = "nobody"
`;

export const URL_OF_PAGE = "http://127.0.0.1:8470";

/** A user name that would run a script, and turn the text behind it, if it were more than text. */
export const HOSTILE = "<img src=x onerror=document.title='pwned'>\u202e";
/** What the page shows of it. */
export const HOSTILE_SHOWN = "<img src=x onerror=document.title='pwned'>\\u202e";

/** For what a very busy machine shows late. */
const LIMIT_MS = 120_000;

export interface WebStage extends AsyncDisposable {
  readonly stage: Stage;
  /** Logged in as the operator alice. */
  readonly page: Page;
  readonly browser: Browser;
  /** What the browser complained about. */
  readonly complaints: readonly string[];
  /** Requests that were not to the dashboard. */
  readonly foreign: readonly string[];
  /** Returns a link that logs in once. */
  link(...options: readonly string[]): Promise<string>;
}

/** `prepare`: brings about what the page shows, once the daemon runs. */
export async function openWebStage(
  config: string,
  prepare: (stage: Stage) => Promise<void>,
): Promise<WebStage> {
  const stage = await openStage({ sshd: "none", config });
  chmodSync(stage.lab.folder, 0o755);
  const runtime = join(stage.lab.folder, "web");
  mkdirSync(runtime);
  await stage.start();
  await prepare(stage);
  await stage.lab.run("host", ["/bin/chown", "65534", runtime]);
  const settings = join(stage.lab.folder, "web.toml");
  writeFileSync(settings, 'listen = "127.0.0.1:8470"\n');
  const env = ["/usr/bin/env", `RUNTIME_DIRECTORY=${runtime}`];
  const socket = `BAILIFF_SOCKET=${stage.socket}`;
  const command = [...AS_NOBODY, ...env, socket, ...NODE, "web", "--settings", settings];
  const web = stage.lab.start("host", command);
  assert.ok((await web.until("The dashboard listens")) !== undefined, web.lines.join("\n"));
  const browser = await chromium.launch({
    executablePath: await writeBrowserScript(stage),
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(LIMIT_MS);
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${URL_OF_PAGE}/`)) foreign.push(request.url());
  });
  return {
    ...{ stage, page, browser, complaints, foreign },
    link: async (...options) => {
      const { output } = await stage.lab.run("host", [...env, ...NODE, "web", "open", ...options]);
      return output.trim();
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await stage[Symbol.asyncDispose]();
    },
  };
}

/** Writes a program that starts the browser in the network of the daemon. */
async function writeBrowserScript(stage: Stage): Promise<string> {
  const { output } = await stage.lab.run("host", ["ip", "netns", "identify"]);
  const path = join(stage.lab.folder, "browser");
  writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${output.trim()} chromium "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Returns what axe finds wrong with the view for people who cannot see or point. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate("axe.run()");
  const { violations } = found as {
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { html: string }[];
    }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
