/** Campaigns in the dashboard, in a real browser, against a real daemon under a generated campaign. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { type Stage, untilTrue } from "../stage.ts";
import {
  accessibilityFaults,
  HOSTILE,
  HOSTILE_SHOWN,
  OPERATOR,
  openWebStage,
  URL_OF_PAGE,
  type WebStage,
} from "./web-stage.ts";
import { CAMPAIGN_CONFIG, sourceOf, writeCampaign } from "./write-campaign.ts";

const SOURCES = 300;
/** It is banned and not yet on the first page of members. */
const EARLY = sourceOf(60);

let web: WebStage;
let stage: Stage;
let page: Page;
let name: string;

before(async () => {
  web = await openWebStage(`${OPERATOR}\n${CAMPAIGN_CONFIG}`, async () => undefined);
  ({ stage, page } = web);
  await page.goto(await web.link("--as", "alice"));
  await page.getByText("alice operator").waitFor();
});
after(() => web[Symbol.asyncDispose]());

const open = (path: string) => page.goto(`${URL_OF_PAGE}${path}`);
const link = (text: string) => page.locator("main").getByRole("link", { name: text, exact: true });

test("without a campaign the page says what one is, and which detectors look for it", async () => {
  await page.getByRole("link", { name: "Campaigns", exact: true }).click();
  await page.getByText("No campaign in the last 30 days.").waitFor();
  await page.getByText("A campaign is an attack from many addresses").waitFor();
  await page.getByRole("row", { name: "sshd act bans members act bans members" }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
});

test("a campaign appears in the open page, with its extent and what was done", async () => {
  name = await writeCampaign(stage, {
    sources: SOURCES,
    accounts: ["svc_backup", "svc_deploy", HOSTILE],
    length: 120_000,
  });
  await stage.untilBlocked(EARLY);
  // Accounts with equally many tries come in any order.
  const row = page.getByRole("row", { name: new RegExp(`${name} running sshd: .*svc_`) });
  await row.filter({ hasText: /\d+ addresses banned/ }).waitFor();
  assert.match(await row.innerText(), new RegExp(RegExp.escape(HOSTILE_SHOWN)));
  await row.getByRole("img", { name: "new address" }).waitFor();
});

test("its URL can be shared, members are paged with why each belongs to it, and text of clients is text", async () => {
  // The alarm above the list leads there, too.
  await page.getByRole("table").getByRole("link", { name, exact: true }).click();
  await page.getByText("tries for accounts that were not tried before").waitFor();
  assert.equal(new URL(page.url()).search, `?name=${name}`);
  await page.getByText(/^1–100 of \d{3}$/).waitFor();
  const newest = page.getByRole("row", { name: sourceOf(SOURCES - 1) });
  assert.match(await newest.innerText(), /banned[^]*an account that was not tried before/);
  await page.getByText(HOSTILE_SHOWN).waitFor();
  assert.equal(await page.locator("img").count(), 0);
  await page.getByRole("link", { name: "Next" }).click();
  await page.getByRole("link", { name: "Next" }).click();
  await page.getByText(/^201–\d{3} of \d{3}$/).waitFor();
  await page.reload();
  await page.getByRole("row", { name: EARLY }).waitFor();
});

test("the page of a member leads to its campaign, and so does the overview", async () => {
  await link(EARLY).click();
  await page.getByRole("heading", { name: "Member of campaigns" }).waitFor();
  await link(name).click();
  await page.getByRole("heading", { name, exact: true }).waitFor();
  await open("/");
  await page.getByRole("heading", { name: "Running campaigns" }).waitFor();
  await link(name).first().waitFor();
});

test("every view of it is accessible in light and dark, and fits a phone", async () => {
  const views = ["/", "/campaigns", `/campaigns?name=${name}`, `/address?subject=${EARLY}`];
  for (const path of views)
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await open(path);
      await link(name)
        .or(page.getByRole("heading", { name, exact: true }))
        .first()
        .waitFor();
      assert.deepEqual(await accessibilityFaults(page), [], `${path} ${colorScheme}`);
    }
  const size = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of views) {
    await open(path);
    await link(name)
      .or(page.getByRole("heading", { name, exact: true }))
      .first()
      .waitFor();
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360, path);
  }
  assert.ok(size !== null);
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: null });
});

test("who may only read sees all of it, and cannot act", async () => {
  const context = await web.browser.newContext();
  const other = await context.newPage();
  await other.goto(await web.link("--as", "bob", "--read-only"));
  const alarm = other.getByRole("region", { name: "Suspected compromises" });
  await alarm.getByText("an operator acknowledges it").waitFor();
  await alarm.getByRole("link", { name, exact: true }).click();
  await other.getByRole("row", { name: sourceOf(SOURCES - 1) }).waitFor();
  assert.equal(await other.getByRole("button", { name: "Acknowledge" }).count(), 0);
  assert.equal(await other.getByRole("button", { name: "Undo" }).count(), 0);
  for (const [action, body] of [
    ["undo_campaign", { name }],
    ["acknowledge", {}],
  ] as const) {
    const status = await other.evaluate(
      async ([path, sent]) =>
        (
          await fetch(path, {
            method: "POST",
            headers: {
              "X-Bailiff-Token": localStorage.getItem("bailiff-token") ?? "",
              "Content-Type": "application/json",
            },
            body: sent,
          })
        ).status,
      [`/api/actions/${action}`, JSON.stringify(body)] as const,
    );
    assert.equal(status, 403, action);
  }
  await context.close();
});

test("a suspected compromise stands above everything, and an operator acknowledges it", async () => {
  const intruder = sourceOf(SOURCES - 1);
  await open("/");
  const alarm = page.getByRole("region", { name: "Suspected compromises" });
  await alarm.getByText("1 login may have used a guessed password.").waitFor();
  assert.match(await alarm.innerText(), new RegExp(`^.*\\s+backup logged in from ${intruder}`));
  assert.equal(
    await page.locator(".view > :nth-child(2)").getAttribute("class"),
    "truth bad alarm",
  );
  await open("/campaigns");
  // With the keyboard alone; Escape changes nothing.
  await alarm.getByRole("button", { name: "Acknowledge" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: `Acknowledge logins from ${intruder}?` });
  await dialog.waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await alarm.getByRole("button", { name: "Acknowledge" }).press("Enter");
  await dialog.getByRole("button", { name: "Acknowledge" }).press("Enter");
  await page.getByText(`Acknowledged: login of backup from ${intruder} (sshd)`).waitFor();
  await alarm.waitFor({ state: "detached" });
  const [entry] = await stage.ask("audit", { limit: 1, subject: intruder });
  assert.deepEqual(
    [entry?.action, entry?.who],
    ["compromise-acknowledged", "nobody (uid 65534) for alice"],
  );
});

test("an operator undoes all of a campaign; the kernel follows, and the audit names the operator", async () => {
  const isMember = ({ reason }: { readonly reason: string }) => reason.includes(name);
  const banned = (await stage.bans()).filter(isMember).length;
  assert.ok(banned > SOURCES / 2, `${banned} banned`);
  await open(`/campaigns?name=${name}`);
  await page.getByRole("button", { name: "Undo all of it" }).click();
  const dialog = page.getByRole("dialog", { name: `Lift all bans of ${name}?` });
  await dialog.getByText(`${banned} addresses are unbanned in sshd`).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await dialog.getByRole("button", { name: "Lift all bans" }).click();
  await page.getByText(`Lifted ${banned} bans of ${name}`).waitFor();
  await page.getByText("nothing banned").waitFor();
  assert.equal(await page.getByRole("button", { name: "Undo all of it" }).count(), 0);
  await untilTrue(async () => (await stage.blocked()).length === 0, "the kernel blocks nobody");
  const entries = await stage.ask("audit", { limit: SOURCES });
  const unbans = entries.filter(
    ({ action, detail }) => action === "unban" && detail.includes(name),
  );
  const counts = unbans.map(({ detail }) => Number(/(\d+) addresses: /.exec(detail)?.[1] ?? 1));
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    banned,
  );
  assert.ok(unbans.every(({ who }) => who === "nobody (uid 65534) for alice"));
});

test("an unknown campaign, and a stopped daemon, are named", async () => {
  await open("/campaigns?name=sshd-2020-01-01-a");
  await page.getByText('no campaign "sshd-2020-01-01-a" in the last 30 days').waitFor();
  await open("/campaigns");
  await link(name).waitFor();
  assert.deepEqual(web.foreign, []);
  const complaints = web.complaints.filter((text) => !text.includes("status of 400"));
  assert.deepEqual(complaints, []);
  await stage.stop();
  await page.getByText("cannot reach the daemon").waitFor();
});
