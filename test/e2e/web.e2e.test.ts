/** The dashboard in a real browser, against a real daemon: what it shows, an action and its undo, and hostile text. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { launcherFlags } from "../../src/demo/launcher-flags.ts";
import { failedPassword, failures, openStage, type Stage, THREE_STRIKES } from "./stage.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const NODE = [process.execPath, ...launcherFlags(process.execArgv), MAIN];
const AS_NOBODY = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

const OPERATOR = `socket_group = "nogroup"
socket_operator = "nobody"
`;
const CONFIG = `${OPERATOR}
${THREE_STRIKES}`;

/** A user name that would run a script, and turn the text behind it, if it were more than text. */
const HOSTILE = "<img src=x onerror=document.title='pwned'>\u202e";

/** For what a very busy machine shows late. */
const LIMIT_MS = 120_000;

let stage: Stage;
let browser: Browser;
let page: Page;
let runtime: string;
/** What the browser complained about. */
const complaints: string[] = [];
/** Requests that were not to the dashboard. */
const foreign: string[] = [];

before(async () => {
  stage = await openStage({ sshd: "none", config: CONFIG });
  chmodSync(stage.lab.folder, 0o755);
  runtime = join(stage.lab.folder, "web");
  mkdirSync(runtime);
  await stage.start();
  stage.write([...failures("203.0.113.9", 3), failedPassword("198.51.100.7", { user: HOSTILE })]);
  await stage.untilBlocked("203.0.113.9");
  await stage.lab.run("host", ["/bin/chown", "65534", runtime]);
  const settings = join(stage.lab.folder, "web.toml");
  writeFileSync(settings, 'listen = "127.0.0.1:8470"\n');
  const env = ["/usr/bin/env", `RUNTIME_DIRECTORY=${runtime}`, `BAILIFF_SOCKET=${stage.socket}`];
  const web = stage.lab.start("host", [
    ...AS_NOBODY,
    ...env,
    ...NODE,
    "web",
    "--settings",
    settings,
  ]);
  assert.ok((await web.until("The dashboard listens")) !== undefined, web.lines.join("\n"));
  browser = await chromium.launch({
    executablePath: await writeBrowserScript(),
    args: ["--no-sandbox", "--disable-gpu"],
  });
  page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(LIMIT_MS);
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.on("request", (request) => {
    if (!request.url().startsWith("http://127.0.0.1:8470/")) foreign.push(request.url());
  });
});

after(async () => {
  await browser.close();
  await stage[Symbol.asyncDispose]();
});

/** Writes a program that starts the browser in the network of the daemon. */
async function writeBrowserScript(): Promise<string> {
  const { output } = await stage.lab.run("host", ["ip", "netns", "identify"]);
  const path = join(stage.lab.folder, "browser");
  writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${output.trim()} chromium "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Returns what axe finds wrong with the view for people who cannot see or point. */
async function accessibilityFaults(): Promise<readonly string[]> {
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

test("a link of bailiff web open logs in, and the first view says whether the host is protected", async () => {
  const env = ["/usr/bin/env", `RUNTIME_DIRECTORY=${runtime}`];
  const { output } = await stage.lab.run("host", [...env, ...NODE, "web", "open", "--as", "alice"]);
  await page.goto(output.trim());
  await page.getByText(/Jail sshd is protecting|of 1 jail/).waitFor();
  assert.equal(new URL(page.url()).hash, "", "the token is not in the address bar");
  await page.getByText("alice operator").waitFor();
});

test("text that clients wrote is shown as text", async () => {
  await page.getByText("<img src=x onerror=document.title='pwned'>\\u202e").first().waitFor();
  assert.equal(await page.locator("img").count(), 0);
  assert.doesNotMatch(await page.title(), /pwned/);
});

test("a ban appears in the open page when it happens", async () => {
  stage.write(failures("203.0.113.10", 3));
  await page.locator(".live li", { hasText: /BAN.*203\.0\.113\.10/ }).waitFor();
});

test("an operator unbans and undoes it; the kernel follows, and the audit names the operator", async () => {
  await page.getByRole("link", { name: "Bans", exact: true }).click();
  const row = page.getByRole("row", { name: /203\.0\.113\.9 / });
  await row.getByRole("button", { name: "Unban" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unban" }).click();
  await page.getByText("Unbanned 203.0.113.9 in sshd").waitFor();
  await stage.untilFree("203.0.113.9");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("203.0.113.9 is banned again in sshd").waitFor();
  await stage.untilBlocked("203.0.113.9");
  const [again] = (await stage.ask("why", { subject: "203.0.113.9" })).bans;
  assert.deepEqual([again?.origin, again?.evidence.length], ["detected", 3]);
  const entries = await stage.ask("audit", { limit: 2, subject: "203.0.113.9" });
  assert.deepEqual(
    entries.map(({ action, who }) => [action, who]),
    [
      ["ban", "nobody (uid 65534) for alice"],
      ["unban", "nobody (uid 65534) for alice"],
    ],
  );
});

test("the bans of the list are exported as CSV", async () => {
  await page.goto("http://127.0.0.1:8470/bans?search=203.0.113.10");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  const text = readFileSync(await file.path(), "utf8");
  assert.match(
    text,
    /^subject,jail,from,until,state,[^\r\n]*\r\n203\.0\.113\.10,sshd,[^\r\n]*\r\n$/,
  );
});

test("a ban is extended, and the undo restores its end", async () => {
  const end = async () => {
    const { bans } = await stage.ask("why", { subject: "203.0.113.10" });
    return Math.round(Date.parse(bans[0]?.until ?? "") / 60_000);
  };
  const before = await end();
  await page.goto("http://127.0.0.1:8470/address?subject=203.0.113.10");
  await page.getByRole("button", { name: "Extend in sshd" }).click();
  await page.getByLabel("From now on for").fill("2d");
  await page.getByRole("dialog").getByRole("button", { name: "Extend" }).click();
  await page.getByText("The ban of 203.0.113.10 in sshd is longer now").waitFor();
  assert.ok((await end()) > before + 1000);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("203.0.113.10 is banned again in sshd").waitFor();
  assert.ok(Math.abs((await end()) - before) <= 1);
});

test("every view is accessible, complains about nothing and loads nothing from elsewhere", async () => {
  const views = {
    Overview: "Live",
    Bans: "203.0.113.9",
    Jails: "firewall",
    History: "Audit",
    Problems: "Checked",
  };
  for (const [name, text] of Object.entries(views)) {
    await page.getByRole("link", { name, exact: true }).first().click();
    await page.getByText(text).first().waitFor();
    assert.deepEqual(await accessibilityFaults(), [], name);
  }
  await page.goto("http://127.0.0.1:8470/address?subject=203.0.113.9");
  await page.getByText("Failed password for root from 203.0.113.9").first().waitFor();
  assert.deepEqual(await accessibilityFaults(), [], "Address");
  assert.deepEqual([complaints, foreign], [[], []]);
});

test("hidden pages hold no connection, of which a browser opens six", async () => {
  const hidden: Page[] = [];
  for (let i = 0; i < 6; i++) {
    const other = await page.context().newPage();
    await other.goto("http://127.0.0.1:8470/");
    await other.getByText(/Jail sshd is protecting|of 1 jail/).waitFor();
    // The browser of this test has no window to hide a page behind.
    const ended = other.waitForEvent("requestfailed", (request) =>
      request.url().endsWith("/api/live"),
    );
    await other.evaluate(
      `Object.defineProperty(document, "hidden", { get: () => true });
       document.dispatchEvent(new Event("visibilitychange"));`,
    );
    await ended;
    hidden.push(other);
  }
  const seventh = await page.context().newPage();
  await seventh.goto("http://127.0.0.1:8470/bans");
  await seventh.getByText("203.0.113.9").first().waitFor();
  for (const other of [...hidden, seventh]) await other.close();
});

test("what is shown does not look current when no answer comes", async () => {
  const other = await page.context().newPage();
  await other.clock.install();
  await other.goto("http://127.0.0.1:8470/");
  const truth = other.getByText(/Jail sshd is protecting|of 1 jail/);
  await truth.waitFor();
  // A server, or a tunnel to it, that hangs: no answer ends.
  await other.route("**/api/overview", () => undefined);
  const asked = other.waitForRequest("**/api/overview");
  await other.clock.fastForward(6000);
  await asked;
  await other.clock.fastForward(31_000);
  await other.getByText("the dashboard does not answer").waitFor();
  assert.equal(await truth.count(), 0);
  const again = other.waitForRequest("**/api/overview");
  await other.clock.fastForward(6000);
  await again;
  await other.clock.fastForward(61_000);
  await other.getByText("protecting").first().waitFor({ state: "detached" });
  await other.close();
});

test("no view of a host without jails looks as if all were well", async () => {
  stage.configure(`${OPERATOR}\n[filters]\nautomatic = "never"\n`);
  await stage.ask("reload", {});
  for (const name of ["Overview", "Jails", "Problems"]) {
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByText("Nothing is protected: no jail is running.").first().waitFor();
    await page.getByText("sudo bailiff enable NAME").first().waitFor();
  }
  assert.equal(await page.getByText("No problem was found").count(), 0);
  assert.deepEqual(await accessibilityFaults(), []);
});

test("without a daemon the page says so, and what to do", async () => {
  await page.getByRole("link", { name: "Overview" }).click();
  await stage.stop();
  await page.getByText("cannot reach the daemon").waitFor();
  await page.getByText("systemctl start bailiff").waitFor();
});
