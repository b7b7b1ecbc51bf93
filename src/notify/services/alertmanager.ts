/**
 * Alertmanager (prometheus.io, "Alerts API"): an array of alerts, of which labels name the problem. An alert without an
 * end would be resolved after a few minutes, because it is not sent again. So a problem whose recovery will be reported
 * lasts a week or until then, and any other notice an hour.
 */
import { formatInstant, instant, type Instant } from "../../domain/instant.ts";
import { joinHttpUrl } from "../../domain/http-url.ts";
import type { Notice } from "../../domain/notifier.ts";
import { describeNotice } from "./compose-text.ts";
import type { Service } from "./service.ts";

/** How long an alert lasts, in milliseconds, by the phase of its notice. */
const LENGTHS = { began: 7 * 86_400_000, happened: 3_600_000, ended: 0 } as const;
const SEVERITIES = { error: "critical", warn: "warning", info: "info" } as const;

export const ALERTMANAGER: Service<"alertmanager"> = {
  request: ({ notices }, { settings, secret }) => ({
    url: joinHttpUrl(settings.server, "/api/v2/alerts"),
    ...(secret === "" ? {} : { headers: { authorization: `Bearer ${secret}` } }),
    body: JSON.stringify(notices.map(describeAlert)),
  }),
};

function describeAlert(notice: Notice): object {
  const { host, problem, jail, ip, cause, fix, at } = notice;
  return {
    // Not the level and the cause, which may differ in the recovery.
    labels: { alertname: "bailiff", instance: host, problem, ...(jail && { jail }) },
    annotations: {
      summary: describeNotice({ ...notice, fix: undefined }),
      severity: SEVERITIES[notice.level],
      ...(cause !== undefined && { cause }),
      ...(ip !== undefined && { ip }),
      ...(fix !== undefined && { fix }),
    },
    startsAt: formatInstant(at),
    endsAt: formatInstant(endOf(notice)),
  };
}

function endOf({ at, phase }: Notice): Instant {
  return instant(at + LENGTHS[phase]);
}
