/** Each jail in detail: its policy, its sources, the proof of each link with its age, and drift in its lines. */
import { type ComponentChild, h } from "preact";
import { useState } from "preact/hooks";
import type { DriftReply } from "../../control/drift-messages.ts";
import type { LinkReply } from "../../control/link-messages.ts";
import type { BreakerReply } from "../../control/messages.ts";
import type { VerifyReply } from "../../control/proof-messages.ts";
import type { JailReply } from "../../control/status-messages.ts";
import type { Role } from "../roles.ts";
import type { JailsReply } from "../web-messages.ts";
import { resetBreaker, verify } from "./actions.ts";
import { DriftShape } from "./drift-part.ts";
import { amountOf, formatCount, formatLength, sentence, visible } from "./format.ts";
import { type Notices, useNotices } from "./notices.ts";
import { Badge, Facts, Panel, Trouble, When } from "./shared-parts.ts";
import { NO_JAIL } from "./truth.ts";
import { useData, useNow } from "./use-data.ts";

const EVERY_MS = 10_000;

export function JailsView({
  query,
  role,
}: {
  readonly query: URLSearchParams;
  readonly role: Role;
}): ComponentChild {
  const now = useNow();
  const { data, error, reload } = useData<JailsReply>("/api/jails", EVERY_MS);
  const notices = useNotices(reload);
  const only = query.get("jail");
  const jails = data?.status.jails.filter(({ name }) => only === null || name === only) ?? [];
  const operator = role === "operator" ? notices : undefined;
  return h(
    "div",
    { class: "view" },
    h(
      "div",
      { class: "title" },
      h("h1", null, only ?? "Jails"),
      only === null ? null : h("a", { href: "/jails" }, "All jails"),
    ),
    h(Trouble, { error }),
    data === undefined || jails.length > 0 ? null : h(Empty, { only }),
    jails.map((jail) => {
      const breakers = data?.breakers.filter((one) => one.jail === jail.name) ?? [];
      const drift = data?.drift.filter((one) => one.jails.includes(jail.name)) ?? [];
      return h(JailPanel, { key: jail.name, jail, breakers, drift, now, operator });
    }),
    notices.shown,
  );
}

function Empty({ only }: { readonly only: string | null }): ComponentChild {
  const text = only === null ? NO_JAIL.text : `No jail with the name ${visible(only)} is running.`;
  return h(
    "div",
    { class: "truth bad", role: "status" },
    h("p", null, text),
    only === null ? h("p", { class: "fix" }, NO_JAIL.fix) : null,
  );
}

function JailPanel(props: {
  readonly jail: JailReply;
  readonly breakers: readonly BreakerReply[];
  readonly drift: readonly DriftReply[];
  readonly now: number;
  /** undefined: the user may only read. */
  readonly operator: Notices | undefined;
}): ComponentChild {
  const { jail, breakers, drift, now, operator } = props;
  const { name, state, reason, fix, since, policy, filter, mode } = jail;
  const facts: readonly (readonly [string, ComponentChild])[] = [
    [
      "State",
      [h(Badge, { state }), ` for ${formatLength(now - Date.parse(since))}: ${sentence(reason)}`],
    ],
    ...(fix === null ? [] : [["To do", sentence(fix)] as const]),
    ["Policy", policy],
    ["Filter", `${filter} (${mode})`],
    [
      "Counts",
      `${amountOf(jail.failures, "failure")}; ${formatCount(jail.tracked)} tracked; ${formatCount(jail.banned)} banned`,
    ],
    ...jail.sources.map(({ kind, where, lines, unrecognized, last_line_at: last }) => {
      const what = `${kind} ${visible(where)}: ${amountOf(lines, "line")}, ${formatCount(unrecognized)} not recognized`;
      return [
        "Source",
        last === null ? what : [what, ", last ", h(When, { iso: last, now })],
      ] as const;
    }),
  ];
  return h(
    Panel,
    { title: name },
    h(Facts, { facts }),
    h(LinkTable, { links: jail.links, now }),
    breakers.map((one) => h(Breaker, { key: one.rule, breaker: one, operator })),
    drift.flatMap((one) =>
      one.shapes
        .filter(({ reasons }) => reasons.length > 0)
        .map((shape) => h(DriftShape, { key: shape.key, drift: one, shape, operator })),
    ),
    operator === undefined ? null : h(VerifyButton, { name, notices: operator }),
  );
}

function LinkTable({
  links,
  now,
}: {
  readonly links: readonly LinkReply[];
  readonly now: number;
}): ComponentChild {
  return h(
    "table",
    { class: "links" },
    h("caption", { class: "hidden" }, "Links from a log line to a dropped packet"),
    h(
      "tbody",
      null,
      links.map(({ link, verdict, evidence, at, fix }) =>
        h(
          "tr",
          { key: link },
          h("th", { scope: "row", class: `link ${verdict}` }, link),
          h(
            "td",
            null,
            sentence(evidence),
            fix === null ? null : h("span", { class: "fix" }, sentence(fix)),
          ),
          h("td", { class: "number" }, at === null ? "not verified" : h(When, { iso: at, now })),
        ),
      ),
    ),
  );
}

function Breaker({
  breaker,
  operator,
}: {
  readonly breaker: BreakerReply;
  readonly operator: Notices | undefined;
}): ComponentChild {
  const { jail, rule, state, reason } = breaker;
  return h(
    "p",
    { class: "problem" },
    `Rule ${rule} is ${state}: ${sentence(reason)} `,
    operator === undefined
      ? null
      : h(
          "button",
          { onClick: () => void operator.run(() => resetBreaker(jail, rule)) },
          "Let it ban again",
        ),
  );
}

function VerifyButton({
  name,
  notices,
}: {
  readonly name: string;
  readonly notices: Notices;
}): ComponentChild {
  const [reply, setReply] = useState<VerifyReply | "running">();
  const start = async (): Promise<void> => {
    setReply("running");
    const done = await notices.run(() => verify(name));
    setReply(done?.reply);
  };
  const isRunning = reply === "running";
  return h(
    "div",
    null,
    h(
      "button",
      { onClick: () => void start(), disabled: isRunning },
      isRunning ? "Testing the whole chain…" : "Verify now",
    ),
    reply === undefined || isRunning
      ? null
      : h(
          "ol",
          { class: "lines" },
          reply.steps.map(({ step, outcome, evidence, fix }) =>
            h(
              "li",
              { key: step },
              `${step}: ${outcome}. ${sentence(evidence)}`,
              fix === null ? null : h("span", { class: "fix" }, sentence(fix)),
            ),
          ),
        ),
  );
}
