/**
 * PagerDuty (developer.pagerduty.com, "Events API v2"): one event for each notice. A recovery resolves the incident of
 * its problem, which has the same `dedup_key`. The answer is 202; 429 and server errors may be retried.
 */
import { formatInstant } from "../../domain/instant.ts";
import { joinHttpUrl } from "../../domain/http-url.ts";
import type { Notice } from "../../domain/notifier.ts";
import { describeNotice } from "./compose-text.ts";
import type { Service } from "./service.ts";

const MAX_SUMMARY_LENGTH = 1024;
const MAX_KEY_LENGTH = 255;
const SEVERITIES = { error: "critical", warn: "warning", info: "info" } as const;

export const PAGERDUTY: Service<"pagerduty"> = {
  isSingle: true,
  request: ({ notices: [notice] }, { settings, secret }) => ({
    url: joinHttpUrl(settings.server, "/v2/enqueue"),
    body: JSON.stringify({ routing_key: secret, ...(notice && describeEvent(notice)) }),
  }),
};

function describeEvent(notice: Notice): object {
  const { host, problem, phase, level, at, jail, what, cause, fix, ip, state } = notice;
  const dedup_key = `bailiff ${host} ${problem}`.slice(0, MAX_KEY_LENGTH);
  if (phase === "ended") return { event_action: "resolve", dedup_key };
  return {
    event_action: "trigger",
    dedup_key,
    payload: {
      summary: describeNotice({ ...notice, fix: undefined }).slice(0, MAX_SUMMARY_LENGTH),
      source: host,
      severity: SEVERITIES[level],
      timestamp: formatInstant(at),
      ...{ component: jail, group: "bailiff", class: what },
      custom_details: { cause, state, ip, fix },
    },
  };
}
