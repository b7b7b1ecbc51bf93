/** Shows what an action did, for a while, with a button that undoes it; and asks before an action. */
import { type ComponentChild, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Done } from "./actions.ts";
import { ApiError } from "./api.ts";
import { sentence } from "./format.ts";

/** Milliseconds for which an action can be undone here. */
const SHOWN_MS = 20_000;

export interface Notices {
  /** Runs an action, and shows what it did or why it failed. Returns undefined if it failed. */
  readonly run: <D extends Done>(action: () => Promise<D>) => Promise<D | undefined>;
  readonly shown: ComponentChild;
}

interface Notice {
  readonly text: string;
  readonly fix: string | null;
  readonly undo: Done["undo"];
}

/** `onDone`: loads again what an action may have changed. */
export function useNotices(onDone: () => void): Notices {
  const [notice, setNotice] = useState<Notice>();
  useEffect(() => {
    if (notice === undefined) return undefined;
    const timer = setTimeout(() => setNotice(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const run: Notices["run"] = async (action) => {
    try {
      const done = await action();
      setNotice({ text: done.text, fix: null, undo: done.undo });
      onDone();
      return done;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setNotice({ text: error.message, fix: error.hint, undo: undefined });
      return undefined;
    }
  };
  const undo = (back: () => Promise<string>): Promise<unknown> =>
    run(async () => ({ text: await back(), undo: undefined }));
  return { run, shown: h(Toast, { notice, undo, close: () => setNotice(undefined) }) };
}

function Toast(props: {
  readonly notice: Notice | undefined;
  readonly undo: (back: () => Promise<string>) => Promise<unknown>;
  readonly close: () => void;
}): ComponentChild {
  const { notice, undo, close } = props;
  const back = notice?.undo;
  // The region always exists, so that screen readers notice its first text.
  return h(
    "div",
    { class: notice === undefined ? "toast off" : "toast", role: "status" },
    notice === undefined
      ? null
      : [
          h(
            "p",
            { key: "text" },
            sentence(notice.text),
            notice.fix === null ? null : h("span", { class: "fix" }, sentence(notice.fix)),
          ),
          back === undefined
            ? null
            : h(
                "button",
                { key: "undo", class: "primary", onClick: () => void undo(back) },
                "Undo",
              ),
          h("button", { key: "close", onClick: close }, "Close"),
        ],
  );
}

/** A dialog that is open while it exists. Escape and Cancel close it. */
export function Dialog(props: {
  readonly title: string;
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children?: ComponentChild;
}): ComponentChild {
  const { title, confirm, onConfirm, onClose, children } = props;
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => place.current?.showModal(), []);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    onConfirm();
  };
  return h(
    "dialog",
    { ref: place, onClose, "aria-label": title },
    h(
      "form",
      { onSubmit: submit },
      h("h2", null, title),
      children,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", onClick: onClose }, "Cancel"),
        h("button", { class: "primary" }, confirm),
      ),
    ),
  );
}
