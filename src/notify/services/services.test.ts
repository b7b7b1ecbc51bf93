/** Each service gets its documented request, and shows text of a client as text. */
import assert from "node:assert/strict";
import test from "node:test";
import type { ChannelKind, ChannelSettings } from "../../config/channels/channel-kinds.ts";
import { duration } from "../../domain/duration.ts";
import { type HttpUrl, parseHttpUrl } from "../../domain/http-url.ts";
import { instant } from "../../domain/instant.ts";
import { isRecord } from "../../domain/json.ts";
import type { Notice } from "../../domain/notifier.ts";
import { composeText } from "./compose-text.ts";
import { escapeMarkdown } from "./escape-markup.ts";
import type { Message, ServiceRequest } from "./service.ts";
import { SERVICES } from "./services.ts";
import { USUAL_SETTINGS } from "./usual-settings.fixture.ts";

const HOSTILE = "*_~`|<@&1> <!channel> @everyone [a](http://x) {{ 7*7 }} <b>&amp; #1";

function urlOf(text: string): HttpUrl {
  return parseHttpUrl(text) ?? assert.fail(text);
}

function noticeOf(more: Partial<Notice> = {}): Notice {
  return {
    ...{ what: "jail-failed", level: "error", jail: "sshd", state: "blind", cause: "gone-silent" },
    ...{ ip: undefined, reason: "none for 47m", fix: "look", at: instant(0), host: "web1" },
    ...{ problem: "jail-failed sshd", phase: "began" },
    ...more,
  };
}

function messageOf(notices: readonly Notice[] = [noticeOf()], dropped = 0): Message {
  return { host: "web1", notices, dropped, id: "a1b2" };
}

const COMMON = USUAL_SETTINGS;
const URLS = { ...COMMON, url: undefined, url_file: undefined };
const BASE = { ...COMMON, server: urlOf("https://h.example.org/base/"), token_file: "/t" };
const SETTINGS: ChannelSettings = {
  ...{ webhook: URLS, slack: URLS, discord: URLS, teams: URLS },
  telegram: { ...BASE, chat: "-100" },
  matrix: { ...BASE, room: "!r:example.org" },
  ntfy: { ...BASE, topic: "alerts" },
  ...{ gotify: BASE, pagerduty: BASE, alertmanager: BASE },
  pushover: { ...BASE, user_key: "u" },
  homeassistant: { ...BASE, service: "persistent_notification.create" },
  smtp: {
    ...{ ...COMMON, timeout: duration(1000), host: "localhost", port: undefined },
    ...{ security: undefined, user: undefined, password_file: undefined, ca_file: undefined },
    ...{ to: ["admin@example.org"], from: "bailiff@example.org" },
  },
  sendmail: {
    ...{ ...COMMON, timeout: duration(1000), program: "/usr/sbin/sendmail" },
    ...{ to: ["admin@example.org", "root"], from: undefined },
  },
  command: { ...COMMON, timeout: duration(1000), run: ["/bin/notify", "-x"], input: "text" },
};

function requestTo<Kind extends ChannelKind>(
  kind: Kind,
  message: Message,
  settings: ChannelSettings[Kind] = SETTINGS[kind],
): ServiceRequest {
  const secret = "url" in settings ? "https://hooks.example.org/T/S" : "to:ken";
  const request = SERVICES[kind].request(message, { settings, secret });
  return "url" in request ? request : assert.fail("no request");
}

/** Returns the body of a request to a service, as its data. */
function bodyOf(kind: ChannelKind, message = messageOf()): Readonly<Record<string, unknown>> {
  const { body, contentType } = requestTo(kind, message);
  if (contentType !== undefined) return Object.fromEntries(new URLSearchParams(body));
  const data: unknown = JSON.parse(body);
  return isRecord(data) ? data : assert.fail(body);
}

const SENTENCE = "sshd is blind: none for 47m (to do: look)";
const LINE = `bailiff on web1: ${SENTENCE}`;

for (const [kind, url, headers] of [
  ["webhook", "https://hooks.example.org/T/S", undefined],
  ["slack", "https://hooks.example.org/T/S", undefined],
  ["discord", "https://hooks.example.org/T/S", undefined],
  ["teams", "https://hooks.example.org/T/S", undefined],
  ["telegram", "https://h.example.org/base/botto:ken/sendMessage", undefined],
  [
    "matrix",
    "https://h.example.org/base/_matrix/client/v3/rooms/!r%3Aexample.org/send/m.room.message/a1b2",
    { authorization: "Bearer to:ken" },
  ],
  ["ntfy", "https://h.example.org/base/", { authorization: "Bearer to:ken" }],
  ["gotify", "https://h.example.org/base/message", { "x-gotify-key": "to:ken" }],
  ["pushover", "https://h.example.org/base/1/messages.json", undefined],
  ["pagerduty", "https://h.example.org/base/v2/enqueue", undefined],
  ["alertmanager", "https://h.example.org/base/api/v2/alerts", { authorization: "Bearer to:ken" }],
  [
    "homeassistant",
    "https://h.example.org/base/api/services/persistent_notification/create",
    { authorization: "Bearer to:ken" },
  ],
] as const)
  test(`${kind}: the address and the place of the secret`, () => {
    const request = requestTo(kind, messageOf());
    assert.deepEqual([request.url, request.headers], [url, headers]);
    assert.equal(request.method, kind === "matrix" ? "PUT" : undefined);
  });

for (const [kind, body] of [
  ["slack", { text: LINE, mrkdwn: false }],
  [
    "discord",
    {
      content: "bailiff on web1: sshd is blind: none for 47m \\(to do: look\\)",
      ...{ allowed_mentions: { parse: [] }, flags: 4 },
    },
  ],
  [
    "telegram",
    {
      ...{ chat_id: "-100", text: LINE, link_preview_options: { is_disabled: true } },
      entities: [{ type: "pre", offset: 0, length: LINE.length }],
    },
  ],
  ["matrix", { msgtype: "m.notice", body: LINE, "m.mentions": {} }],
  ["ntfy", { topic: "alerts", title: "bailiff on web1", message: SENTENCE, priority: 5 }],
  [
    "gotify",
    {
      ...{ title: "bailiff on web1", message: SENTENCE, priority: 8 },
      extras: { "client::display": { contentType: "text/plain" } },
    },
  ],
  [
    "pushover",
    {
      ...{ token: "to:ken", user: "u", title: "bailiff on web1", message: SENTENCE },
      priority: "1",
    },
  ],
  [
    "pagerduty",
    {
      ...{ routing_key: "to:ken", event_action: "trigger" },
      dedup_key: "bailiff web1 jail-failed sshd",
      payload: {
        ...{ summary: "sshd is blind: none for 47m", source: "web1", severity: "critical" },
        ...{ timestamp: "1970-01-01T00:00:00.000Z", component: "sshd", group: "bailiff" },
        ...{ class: "jail-failed" },
        custom_details: { cause: "gone-silent", state: "blind", fix: "look" },
      },
    },
  ],
  [
    "homeassistant",
    {
      title: "bailiff on web1",
      message: "sshd is blind: none for 47m \\(to do: look\\)",
    },
  ],
] as const)
  test(`${kind}: the body`, () => assert.deepEqual(bodyOf(kind), body));

test("teams: a card without Markdown, one paragraph for each line", () => {
  const run = (text: string, more = {}) => ({
    type: "RichTextBlock",
    inlines: [{ type: "TextRun", text, ...more }],
  });
  assert.deepEqual(bodyOf("teams", messageOf([noticeOf()], 2)), {
    type: "message",
    attachments: [
      {
        ...{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null },
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          ...{ type: "AdaptiveCard", version: "1.2" },
          body: [
            run("bailiff on web1", { weight: "bolder" }),
            run(SENTENCE),
            run("(2 earlier notices dropped)"),
          ],
        },
      },
    ],
  });
});

test("alertmanager: labels name the problem, and its recovery ends the same alert", () => {
  const recovery = noticeOf({ level: "info", phase: "ended", cause: undefined, at: instant(9000) });
  const event = noticeOf({ jail: undefined, problem: "bug", phase: "happened" });
  const alerts = JSON.parse(
    requestTo("alertmanager", messageOf([noticeOf(), recovery, event])).body,
  );
  const labels = {
    alertname: "bailiff",
    instance: "web1",
    problem: "jail-failed sshd",
    jail: "sshd",
  };
  assert.deepEqual(alerts[0].labels, labels);
  assert.deepEqual(alerts[1].labels, labels);
  assert.equal(alerts[0].annotations.summary, "sshd is blind: none for 47m");
  assert.equal(alerts[0].annotations.severity, "critical");
  assert.deepEqual(
    alerts.map(({ endsAt }: { endsAt: string }) => endsAt),
    ["1970-01-08T00:00:00.000Z", "1970-01-01T00:00:09.000Z", "1970-01-01T01:00:00.000Z"],
  );
});

test("pagerduty: a recovery resolves the incident of its problem", () => {
  const { event_action, dedup_key, payload } = bodyOf(
    "pagerduty",
    messageOf([noticeOf({ phase: "ended" })]),
  );
  assert.deepEqual(
    [event_action, dedup_key, payload],
    ["resolve", "bailiff web1 jail-failed sshd", undefined],
  );
});

/** What each service shows of a hostile text, in its own form. */
for (const [kind, field, shown] of [
  [
    "webhook",
    "text",
    HOSTILE.replaceAll("<", "‹").replaceAll(">", "›").replaceAll("@", "(at)").replaceAll("`", "'"),
  ],
  [
    "slack",
    "text",
    HOSTILE.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  ],
  ["discord", "content", Array.from(HOSTILE, escapeMarkdown).join("")],
  ["telegram", "text", HOSTILE],
  ["matrix", "body", HOSTILE],
  ["ntfy", "message", HOSTILE],
  ["gotify", "message", HOSTILE],
  ["pushover", "message", HOSTILE],
  ["homeassistant", "message", Array.from(HOSTILE, escapeMarkdown).join("")],
] as const)
  test(`${kind}: hostile text`, () => {
    const about = { jail: undefined, state: undefined, fix: undefined };
    const text = String(bodyOf(kind, messageOf([noticeOf({ ...about, reason: HOSTILE })]))[field]);
    assert.equal(text.slice(text.length - shown.length), shown);
  });

test("Markdown of a hostile text is escaped character by character, and so are templates", () => {
  assert.equal(
    Array.from("*a* @everyone {{b}} <@1>", escapeMarkdown).join(""),
    "\\*a\\* \\@everyone \\{\\{b\\}\\} \\<\\@1\\>",
  );
});

test("an action of Home Assistant that shows no Markdown gets no backslashes and no templates", () => {
  const settings = { ...SETTINGS.homeassistant, service: "notify.mobile_app_phone" };
  const message = messageOf([noticeOf({ reason: "{{ 7*7 }} <b>" })]);
  const request = requestTo("homeassistant", message, settings);
  assert.equal(request.url, "https://h.example.org/base/api/services/notify/mobile_app_phone");
  assert.match(request.body, /❴❴ 7\*7 }} ‹b›/);
});

test("a template in a card of Teams is not filled in", () => {
  const { body } = requestTo("teams", messageOf([noticeOf({ reason: "{{DATE(x)}}" })]));
  assert.doesNotMatch(body, /\{\{/);
});

/** The documented maximum of each service, in bytes of UTF-8 or UTF-16 code units. */
for (const [kind, field, max, bytes] of [
  ["slack", "text", 40_000, false],
  ["discord", "content", 2000, false],
  ["telegram", "text", 4096, false],
  ["matrix", "body", 60_000, true],
  ["ntfy", "message", 4096, true],
  ["pushover", "message", 1024, false],
] as const)
  test(`${kind}: a long message is cut within the limit`, () => {
    const long = noticeOf({ reason: "€<*".repeat(700) });
    for (const notices of [[long], Array.from({ length: 50 }, () => long)]) {
      const text = String(bodyOf(kind, messageOf(notices))[field]);
      assert.ok((bytes ? Buffer.byteLength(text) : text.length) <= max, String(text.length));
      assert.ok(text.length > 300, "something is left of it");
    }
  });

test("teams: a message of 50 long notices has less than 28 KB", () => {
  const long = noticeOf({ reason: "€".repeat(2000) });
  const { body } = requestTo("teams", messageOf(Array.from({ length: 50 }, () => long)));
  assert.ok(Buffer.byteLength(body) < 28_000, String(Buffer.byteLength(body)));
});

test("pagerduty: summary and key are within their limits", () => {
  const long = noticeOf({ reason: "x".repeat(2000), problem: "y".repeat(300) });
  const { dedup_key, payload } = bodyOf("pagerduty", messageOf([long]));
  assert.equal(String(dedup_key).length, 255);
  assert.ok(isRecord(payload) && String(payload["summary"]).length === 1024);
});

test("lines that do not fit are counted, and a cut leaves no half of an escape", () => {
  const about = { jail: undefined, state: undefined, fix: undefined };
  const notices = ["a".repeat(30), "b".repeat(30), "c"].map((reason) =>
    noticeOf({ ...about, reason }),
  );
  assert.equal(
    composeText(messageOf(notices), { maxLength: 90 }),
    `${"a".repeat(30)}\n(2 more: see the log)`,
  );
  const stars = messageOf([noticeOf({ ...about, reason: "*".repeat(50) })]);
  const text = composeText(stars, { maxLength: 60, escape: escapeMarkdown });
  assert.equal(text, `${"\\*".repeat(9)}…`);
});

test("a refusal's own wait is read", () => {
  const wait = (kind: ChannelKind, status: number, body: string) =>
    SERVICES[kind].waitOf?.(status, body);
  assert.equal(wait("telegram", 429, '{"ok":false,"parameters":{"retry_after":17}}'), 17_000);
  assert.equal(wait("telegram", 500, "<html>"), 0);
  assert.equal(wait("matrix", 429, '{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2000}'), 2000);
  assert.equal(wait("matrix", 429, "{}"), 0);
  assert.equal(wait("pushover", 429, ""), 3_600_000);
  assert.equal(wait("pushover", 500, ""), 5000);
});

test("ntfy and Alertmanager send no header without a token", () => {
  const { ntfy, alertmanager } = SETTINGS;
  for (const request of [
    SERVICES.ntfy.request(messageOf(), { settings: ntfy, secret: "" }),
    SERVICES.alertmanager.request(messageOf(), { settings: alertmanager, secret: "" }),
  ])
    assert.ok(!("headers" in request));
});
