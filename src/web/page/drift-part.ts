/** Shows suspicious lines that no rule recognizes, and lets operators accept the rule that is proposed for them. */
import { type ComponentChild, h } from "preact";
import { useState } from "preact/hooks";
import type { DriftReply, DriftShapeReply, RuleReply } from "../../control/drift-messages.ts";
import { addRule } from "./actions.ts";
import { amountOf, visible } from "./format.ts";
import { Dialog, type Notices } from "./notices.ts";

export function DriftShape(props: {
  readonly drift: DriftReply;
  readonly shape: DriftShapeReply;
  /** undefined: the user may only read. */
  readonly operator: Notices | undefined;
}): ComponentChild {
  const { drift, shape, operator } = props;
  const { number, lines, proposal, dismissal, why_not: why } = shape;
  const commands =
    proposal === null
      ? `bailiff drift ${drift.jails[0] ?? ""}`
      : `bailiff drift --accept ${number}, or --dismiss ${number}`;
  return h(
    "div",
    { class: "drift" },
    h("p", null, `${amountOf(lines, "line")} that no rule of ${drift.filter} recognizes:`),
    h("code", null, visible(shape.shape)),
    proposal === null
      ? h(
          "p",
          { class: "note" },
          `No rule is proposed: ${visible(why ?? "the lines differ too much")}`,
        )
      : [
          h("p", { key: "title" }, "Proposed rule:"),
          h("code", { key: "rule" }, visible(proposal.line)),
        ],
    operator === undefined
      ? h("p", { class: "fix" }, commands)
      : h(
          "div",
          { class: "buttons start" },
          [proposal, dismissal].map((rule) =>
            rule === null
              ? null
              : h(AddRule, { key: rule.is, ...{ drift, number, rule, operator } }),
          ),
        ),
  );
}

/** A button that asks before it adds a rule. */
function AddRule(props: {
  readonly drift: DriftReply;
  readonly number: number;
  readonly rule: RuleReply;
  readonly operator: Notices;
}): ComponentChild {
  const { drift, number, rule, operator } = props;
  const [step, setStep] = useState<"idle" | "asking" | "running">("idle");
  const isFailure = rule.is === "failure";
  const text = isFailure
    ? `From then on such lines count as failures in ${drift.jails.join(", ")}.`
    : "From then on such lines are recognized, and count nothing.";
  const confirm = async (): Promise<void> => {
    setStep("running");
    await operator.run(() => addRule(number, rule.is));
    setStep("idle");
  };
  const title = isFailure ? "Accept rule" : "Mark as harmless";
  return [
    h(
      "button",
      { onClick: () => setStep("asking"), disabled: step === "running" },
      step === "running" ? "Testing the rule…" : `${title}…`,
    ),
    step === "asking"
      ? h(
          Dialog,
          {
            ...{ title: `${title}?`, confirm: title, onClose: () => setStep("idle") },
            onConfirm: () => void confirm(),
          },
          h("pre", null, visible(rule.line)),
          h("p", null, text),
        )
      : null,
  ];
}
