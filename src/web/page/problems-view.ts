/** What is wrong, each with the one thing to do. The daemon checks every link for it. */
import { type ComponentChild, h } from "preact";
import type { DoctorReply } from "../../control/proof-messages.ts";
import type { StatusReply } from "../../control/status-messages.ts";
import type { Role } from "../roles.ts";
import type { ProblemsReply } from "../web-messages.ts";
import { AlarmBox } from "./alarm-box.ts";
import { sentence } from "./format.ts";
import { useNotices } from "./notices.ts";
import { describeProblems, type Problem } from "./problems.ts";
import { List, Trouble, When } from "./shared-parts.ts";
import { useData, useNow } from "./use-data.ts";

const EVERY_MS = 30_000;

export function ProblemsView({ role }: { readonly role: Role }): ComponentChild {
  const now = useNow();
  const { data, error, reload } = useData<ProblemsReply>("/api/problems", EVERY_MS, "timed");
  const notices = useNotices(reload);
  return h(
    "div",
    { class: "view" },
    h("h1", null, "Problems"),
    h(Trouble, { error }),
    data === undefined
      ? h("p", { class: "note", role: "status" }, "Checking every link of every jail…")
      : [
          h(AlarmBox, {
            key: "alarms",
            ...{ alarms: data.status.suspected_compromises, now },
            notices: role === "operator" ? notices : undefined,
          }),
          h(Found, { key: "found", data, now }),
        ],
    notices.shown,
  );
}

function Found({
  data,
  now,
}: {
  readonly data: { readonly doctor: DoctorReply; readonly status: StatusReply };
  readonly now: number;
}): ComponentChild {
  const { doctor, status } = data;
  const problems = describeProblems(doctor, status);
  const checked = h("p", { class: "note" }, "Checked ", h(When, { iso: doctor.at, now }), ".");
  return [
    problems.length === 0
      ? status.suspected_compromises.length > 0
        ? checked
        : h(
            "div",
            { key: "none", class: "truth good" },
            h("p", { class: "headline" }, "No problem was found."),
            checked,
          )
      : [problems.map((problem) => h(ProblemBox, { key: problem.text, problem })), checked],
    h(List, { key: "notes", title: "Notes", items: doctor.notes }),
  ];
}

function ProblemBox({ problem }: { readonly problem: Problem }): ComponentChild {
  const { tone, where, text, fix } = problem;
  return h(
    "div",
    { class: `truth ${tone}` },
    h("p", null, h("b", null, `${sentence(where)}: `), sentence(text)),
    fix === null ? null : h("p", { class: "fix" }, sentence(fix)),
  );
}
