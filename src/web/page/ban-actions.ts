/** Dialogs of an operator: unban or exempt a banned address, and ban one. */
import { type ComponentChild, h } from "preact";
import { useState } from "preact/hooks";
import type { BanReply } from "../../control/ban-messages.ts";
import { parseDuration } from "../../domain/duration.ts";
import { ban as orderBan, exempt, unban } from "./actions.ts";
import { visible } from "./format.ts";
import { Dialog, type Notices } from "./notices.ts";

export interface AskedAction {
  readonly kind: "unban" | "exempt";
  readonly ban: BanReply;
}

/** Asks before an action on a row of the list. */
export function ConfirmAction(props: {
  readonly asked: AskedAction;
  readonly notices: Notices;
  readonly onClose: () => void;
}): ComponentChild {
  const { asked, notices, onClose } = props;
  const { kind, ban } = asked;
  const [reason, setReason] = useState("");
  const confirm = (): void => {
    onClose();
    void notices.run(() =>
      kind === "unban" ? unban(ban) : exempt(ban.subject, reason === "" ? undefined : reason, ban),
    );
  };
  const title = kind === "unban" ? `Unban ${ban.subject}?` : `Exempt ${ban.subject} from bans?`;
  const text =
    kind === "unban"
      ? `Its ban in ${ban.jail} ends, and it may fail again as often as any other address.`
      : "It is never banned again, by any jail, until the exemption is removed. Its bans end.";
  return h(
    Dialog,
    { title, confirm: kind === "unban" ? "Unban" : "Exempt", onConfirm: confirm, onClose },
    h("p", null, text),
    h("p", { class: "note" }, `Banned because: ${visible(ban.reason)}`),
    kind === "unban" ? null : h(TextField, { label: "Reason", value: reason, onChange: setReason }),
  );
}

/** Asks for an address and bans it. */
export function BanDialog(props: {
  readonly notices: Notices;
  readonly onClose: () => void;
}): ComponentChild {
  const { notices, onClose } = props;
  const [subject, setSubject] = useState("");
  const [length, setLength] = useState("");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isForced, setForced] = useState(false);
  const confirm = async (): Promise<void> => {
    const parsed = length === "forever" ? "forever" : parseDuration(length);
    if (length !== "" && (parsed === undefined || parsed === 0)) {
      setProblem("For how long? 90s, 10m, 2h, 7d or forever; empty: as configured");
      return;
    }
    const done = await notices.run(() =>
      orderBan({
        subject: subject.trim(),
        for: parsed,
        reason: reason === "" ? undefined : reason,
        force: isForced,
      }),
    );
    if (done === undefined) onClose();
    else if (done.needsForce && !isForced) {
      setProblem(`${done.text}. Ban it anyway?`);
      setForced(true);
    } else onClose();
  };
  const fields = [
    h(TextField, {
      label: "Address or network",
      value: subject,
      onChange: setSubject,
      isRequired: true,
    }),
    h(TextField, { label: "For (2h, 7d, forever)", value: length, onChange: setLength }),
    h(TextField, { label: "Reason", value: reason, onChange: setReason }),
  ];
  const action = isForced ? "Ban anyway" : "Ban";
  return h(
    Dialog,
    { title: "Ban an address", confirm: action, onConfirm: () => void confirm(), onClose },
    fields,
    problem === undefined ? null : h("p", { class: "problem", role: "alert" }, visible(problem)),
  );
}

function TextField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isRequired?: boolean;
}): ComponentChild {
  const { label, value, onChange, isRequired = false } = props;
  return h(
    "label",
    null,
    label,
    h("input", {
      value,
      required: isRequired,
      maxLength: 200,
      spellcheck: false,
      onInput: (event: InputEvent) => {
        if (event.currentTarget instanceof HTMLInputElement) onChange(event.currentTarget.value);
      },
    }),
  );
}
