/** Dialogs of an operator: unban or exempt a banned address, and ban one. */
import { type ComponentChild, h } from "preact";
import { useState } from "preact/hooks";
import { parseDuration } from "../../domain/duration.ts";
import { ban as orderBan, type EndedBan, exempt, extend, unban } from "./actions.ts";
import { formatWhen, sentence } from "./format.ts";
import { Dialog, type Notices } from "./notices.ts";

export type AskedAction =
  | { readonly kind: "unban"; readonly ban: EndedBan }
  /** Not every exempt address is banned. */
  | { readonly kind: "exempt"; readonly ban: EndedBan | Pick<EndedBan, "subject"> };

/** Asks before an action on a row of the list. */
export function ConfirmAction(props: {
  readonly asked: AskedAction;
  readonly notices: Notices;
  readonly onClose: () => void;
}): ComponentChild {
  const { asked, notices, onClose } = props;
  const [reason, setReason] = useState("");
  const { subject } = asked.ban;
  const banned = "jail" in asked.ban ? asked.ban : undefined;
  const confirm = (): void => {
    onClose();
    void notices.run(() =>
      asked.kind === "unban"
        ? unban(asked.ban)
        : exempt(subject, reason === "" ? undefined : reason, banned),
    );
  };
  const isUnban = asked.kind === "unban";
  const title = isUnban ? `Unban ${subject}?` : `Exempt ${subject} from bans?`;
  const text = isUnban
    ? `Its ban in ${asked.ban.jail} ends, and it may fail again as often as any other address.`
    : "It is never banned again, by any jail, until the exemption is removed. Its bans end.";
  return h(
    Dialog,
    { title, confirm: isUnban ? "Unban" : "Exempt", onConfirm: confirm, onClose },
    h("p", null, text),
    banned === undefined
      ? null
      : h("p", { class: "note" }, `Banned because: ${sentence(banned.reason)}`),
    isUnban ? null : h(TextField, { label: "Reason", value: reason, onChange: setReason }),
  );
}

/** Asks for an address and bans it. */
export function BanDialog(props: {
  readonly notices: Notices;
  readonly onClose: () => void;
  /** The address, if it is known. */
  readonly subject?: string;
}): ComponentChild {
  const { notices, onClose } = props;
  const [subject, setSubject] = useState(props.subject ?? "");
  const [length, setLength] = useState("");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isForced, setForced] = useState(false);
  const confirm = async (): Promise<void> => {
    const parsed = parseLength(length);
    if (length !== "" && parsed === undefined) {
      setProblem(`${LENGTHS}; empty: as configured`);
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
    h(TextField, {
      label: "For (2h, 7d, forever; empty: as configured)",
      ...{ value: length, onChange: setLength },
    }),
    h(TextField, { label: "Reason", value: reason, onChange: setReason }),
  ];
  const action = isForced ? "Ban anyway" : "Ban";
  return h(
    Dialog,
    { title: "Ban an address", confirm: action, onConfirm: () => void confirm(), onClose },
    fields,
    problem === undefined ? null : h("p", { class: "problem", role: "alert" }, sentence(problem)),
  );
}

const LENGTHS = "For how long? 90s, 10m, 2h, 7d or forever";

function parseLength(text: string): number | "forever" | undefined {
  const length = text.trim() === "forever" ? "forever" : parseDuration(text.trim());
  return length === 0 ? undefined : length;
}

/** Asks how long a ban lasts from now on. */
export function ExtendDialog(props: {
  readonly ban: EndedBan;
  readonly notices: Notices;
  readonly onClose: () => void;
}): ComponentChild {
  const { ban, notices, onClose } = props;
  const [length, setLength] = useState("");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string>();
  const confirm = (): void => {
    const parsed = parseLength(length);
    if (parsed === undefined) {
      setProblem(LENGTHS);
      return;
    }
    onClose();
    void notices.run(() => extend(ban, parsed, reason === "" ? undefined : reason));
  };
  return h(
    Dialog,
    {
      ...{ title: `Extend the ban of ${ban.subject}?`, confirm: "Extend" },
      ...{ onConfirm: confirm, onClose },
    },
    h(
      "p",
      { class: "note" },
      `Now in ${ban.jail} until ${ban.until === null ? "it is lifted" : formatWhen(ban.until)}`,
    ),
    h(TextField, {
      label: "From now on for (2h, 7d, forever)",
      ...{ value: length, onChange: setLength, isRequired: true },
    }),
    h(TextField, { label: "Reason", value: reason, onChange: setReason }),
    problem === undefined ? null : h("p", { class: "problem", role: "alert" }, problem),
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
