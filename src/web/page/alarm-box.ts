/** Logins that may have used a guessed password: the alarm that stands above everything else. */
import { h, type ComponentChild } from "preact";
import { useState } from "preact/hooks";
import type { CompromiseReply } from "../../control/campaign-messages.ts";
import { acknowledge } from "./actions.ts";
import { amountOf, sentence, visible } from "./format.ts";
import { AddressLink } from "./history-tables.ts";
import { Dialog, type Notices } from "./notices.ts";
import { urlOf } from "./route.ts";
import { When } from "./shared-parts.ts";

/** Number of alarms that views show which are about something else. */
const SHOWN = 5;

const TO_DO =
  "ask the user; unless the login is confirmed, disable the account, end its sessions and look for what was changed";

/** Nothing without an alarm. */
export function AlarmBox(props: {
  /** Newest first. */
  readonly alarms: readonly CompromiseReply[];
  readonly now: number;
  /** undefined: the user may only read. */
  readonly notices: Notices | undefined;
  /** Whether all are shown, instead of the newest. */
  readonly isComplete?: boolean;
}): ComponentChild {
  const { alarms, now, notices, isComplete = false } = props;
  const shown = isComplete ? alarms : alarms.slice(0, SHOWN);
  const [asked, setAsked] = useState<readonly CompromiseReply[]>();
  if (alarms.length === 0) return null;
  const all = alarms.length + (alarms[0]?.alarms_not_kept ?? 0);
  const acknowledged =
    notices === undefined ? "an operator acknowledges it" : "then acknowledge it";
  return h(
    "section",
    { class: "truth bad alarm", "aria-label": "Suspected compromises" },
    h(
      "p",
      { class: "headline", role: "alert" },
      `${amountOf(all, "login")} may have used a guessed password.`,
    ),
    h(
      "ul",
      null,
      shown.map((alarm) => {
        const key = `${alarm.ip} ${alarm.jail} ${alarm.user}`;
        const ask = () => setAsked(alarms.filter(({ ip }) => ip === alarm.ip));
        return h(Login, { key, alarm, now, ask: notices === undefined ? undefined : ask });
      }),
    ),
    h(Older, { count: all - shown.length, isComplete }),
    h("p", { class: "fix" }, `${TO_DO}; ${acknowledged}.`),
    notices === undefined || alarms.length < 2
      ? null
      : h("button", { onClick: () => setAsked(alarms) }, "Acknowledge all…"),
    notices === undefined || asked === undefined
      ? null
      : h(AcknowledgeDialog, {
          ...{ asked, notices, isAll: asked.length === alarms.length && alarms.length > 1 },
          onClose: () => setAsked(undefined),
        }),
  );
}

function Older(props: { readonly count: number; readonly isComplete: boolean }): ComponentChild {
  if (props.count === 0) return null;
  const text = `and ${amountOf(props.count, "older one")}`;
  const link = h("a", { href: urlOf("campaigns", {}) }, text);
  return h("p", null, props.isComplete ? `${text}, not kept` : link);
}

function Login(props: {
  readonly alarm: CompromiseReply;
  readonly now: number;
  /** undefined: the user may not acknowledge it. */
  readonly ask: (() => void) | undefined;
}): ComponentChild {
  const { at, jail, ip, user, reason, campaign } = props.alarm;
  return h(
    "li",
    null,
    h(
      "p",
      null,
      h("b", null, visible(user)),
      " logged in from ",
      h(AddressLink, { subject: ip }),
      ` (${jail}) `,
      h(When, { iso: at, now: props.now }),
      ": ",
      h(Reason, { reason, campaign }),
      ".",
    ),
    props.ask === undefined
      ? null
      : h(
          "button",
          { onClick: props.ask },
          "Acknowledge…",
          h("span", { class: "hidden" }, ` ${ip}`),
        ),
  );
}

/** Shows a reason, in which the name of the campaign is a link. */
function Reason({
  reason,
  campaign,
}: Pick<CompromiseReply, "reason" | "campaign">): ComponentChild {
  if (campaign === null) return sentence(reason);
  const link = h("a", { href: urlOf("campaigns", { name: campaign }) }, campaign);
  const at = reason.indexOf(campaign);
  if (at < 0) return [sentence(reason), " (", link, ")"];
  return [sentence(reason.slice(0, at)), link, sentence(reason.slice(at + campaign.length))];
}

function AcknowledgeDialog(props: {
  readonly asked: readonly CompromiseReply[];
  readonly isAll: boolean;
  readonly notices: Notices;
  readonly onClose: () => void;
}): ComponentChild {
  const { asked, isAll, notices, onClose } = props;
  const subject = isAll ? undefined : asked[0]?.ip;
  const confirm = (): void => {
    onClose();
    void notices.run(() => acknowledge(subject));
  };
  const what = isAll ? `all ${amountOf(asked.length, "login")}` : `logins from ${subject ?? ""}`;
  return h(
    Dialog,
    { title: `Acknowledge ${what}?`, confirm: "Acknowledge", onConfirm: confirm, onClose },
    h(
      "ul",
      null,
      asked.map(({ user, ip, jail }) =>
        h("li", { key: `${user} ${ip} ${jail}` }, `${visible(user)} from ${ip} (${jail})`),
      ),
    ),
    h(
      "p",
      null,
      "The alarm ends, and this cannot be undone. The audit keeps who did it. A further such login is a new alarm.",
    ),
  );
}
