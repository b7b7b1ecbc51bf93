/** The dashboard in a real browser, against a real daemon: what it shows, an action and its undo, and hostile text. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { failedPassword, failures, type Stage, THREE_STRIKES } from "../stage.ts";
import {
  accessibilityFaults,
  HOSTILE,
  HOSTILE_SHOWN,
  OPERATOR,
  openWebStage,
  URL_OF_PAGE,
  type WebStage,
} from "./web-stage.ts";

let web: WebStage;
let stage: Stage;
let page: Page;

before(async () => {
  web = await openWebStage(`${OPERATOR}\n${THREE_STRIKES}`, async (opened) => {
    opened.write([
      ...failures("203.0.113.9", 3),
      failedPassword("198.51.100.7", { user: HOSTILE }),
    ]);
    await opened.untilBlocked("203.0.113.9");
  });
  ({ stage, page } = web);
});
after(() => web[Symbol.asyncDispose]());

test("a link of bailiff web open logs in, and the first view says whether the host is protected", async () => {
  await page.goto(await web.link("--as", "alice"));
  await page.getByText(/Jail sshd is protecting|of 1 jail/).waitFor();
  assert.equal(new URL(page.url()).hash, "", "the token is not in the address bar");
  await page.getByText("alice operator").waitFor();
  await page.getByText("Links from a log line to a dropped packet").waitFor();
});

test("a link logs in when it is pasted into the open page of the login", async () => {
  const context = await web.browser.newContext();
  const other = await context.newPage();
  await other.goto(`${URL_OF_PAGE}/login`);
  await other.getByText("sudo bailiff web open").waitFor();
  await other.goto(await web.link("--as", "carol"));
  await other.getByText("carol operator").waitFor();
  await context.close();
});

test("the keyboard skips the links above a view", async () => {
  await page.keyboard.press("Tab");
  await page.getByRole("link", { name: "Skip to content" }).press("Enter");
  assert.equal(await page.evaluate("document.activeElement.id"), "main");
});

test("text that clients wrote is shown as text", async () => {
  await page.getByText(HOSTILE_SHOWN).first().waitFor();
  assert.equal(await page.locator("img").count(), 0);
  assert.doesNotMatch(await page.title(), /pwned/);
});

test("a ban appears in the open page when it happens", async () => {
  stage.write(failures("203.0.113.10", 3));
  await page.locator(".live li", { hasText: /BAN.*203\.0\.113\.10/ }).waitFor();
  await page.locator("figcaption", { hasText: /^Failures: [1-9]/ }).waitFor();
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
  await page.goto(`${URL_OF_PAGE}/bans?search=203.0.113.10`);
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
  await page.goto(`${URL_OF_PAGE}/address?subject=203.0.113.10`);
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
    Campaigns: "No campaign in the last 30 days.",
    Jails: "firewall",
    History: "Audit",
    Problems: "Checked",
  };
  for (const [name, text] of Object.entries(views)) {
    await page.getByRole("link", { name, exact: true }).first().click();
    await page.getByText(text).first().waitFor();
    assert.deepEqual(await accessibilityFaults(page), [], name);
  }
  await page.goto(`${URL_OF_PAGE}/address?subject=203.0.113.9`);
  await page.getByText("Failed password for root from 203.0.113.9").first().waitFor();
  assert.deepEqual(await accessibilityFaults(page), [], "Address");
  assert.deepEqual([web.complaints, web.foreign], [[], []]);
});

test("hidden pages hold no connection, of which a browser opens six", async () => {
  const hidden: Page[] = [];
  for (let i = 0; i < 6; i++) {
    const other = await page.context().newPage();
    await other.goto(`${URL_OF_PAGE}/`);
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
  await seventh.goto(`${URL_OF_PAGE}/bans`);
  await seventh.getByText("203.0.113.9").first().waitFor();
  for (const other of [...hidden, seventh]) await other.close();
});

test("what is shown does not look current when no answer comes", async () => {
  const other = await page.context().newPage();
  await other.clock.install();
  await other.goto(`${URL_OF_PAGE}/`);
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
  assert.deepEqual(await accessibilityFaults(page), []);
});

test("without a daemon the page says so, and what to do", async () => {
  await page.getByRole("link", { name: "Overview" }).click();
  await stage.stop();
  await page.getByText("cannot reach the daemon").waitFor();
  await page.getByText("systemctl start bailiff").waitFor();
  await page.goto(`${URL_OF_PAGE}/bans`);
  await page.getByText("cannot reach the daemon").waitFor();
  assert.equal(await page.getByText("Loading…").count(), 0);
});
