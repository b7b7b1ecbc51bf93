/** Past bans, and the audit: who changed what, when and why. The URL holds the search. */
import { type ComponentChild, h } from "preact";
import type { PastBanReply } from "../../control/ban-messages.ts";
import type { AuditReply } from "../../control/messages.ts";
import { AuditTable, HistoryTable } from "./history-tables.ts";
import { navigate } from "./navigation.ts";
import { urlOf } from "./route.ts";
import { Trouble } from "./shared-parts.ts";
import { useData, useNow } from "./use-data.ts";

const EVERY_MS = 15_000;
const LISTS = { bans: "Ended bans", audit: "Audit" } as const;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 2000;

export function HistoryView({ query }: { readonly query: URLSearchParams }): ComponentChild {
  const now = useNow();
  const list = query.get("list") === "audit" ? "audit" : "bans";
  const subject = query.get("subject") ?? "";
  const limit = Math.min(Number(query.get("limit") ?? DEFAULT_LIMIT), MAX_LIMIT);
  const values = { subject, limit: String(limit) };
  const asked = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ""));
  const path = `/api/${list === "audit" ? "audit" : "history"}?${asked.toString()}`;
  const { data, error } = useData<readonly (PastBanReply | AuditReply)[]>(path, EVERY_MS);
  const entries = data ?? [];
  const more = limit < MAX_LIMIT && entries.length >= limit;
  return h(
    "div",
    { class: "view" },
    h("h1", null, "History"),
    h(
      "nav",
      { class: "choices", "aria-label": "List" },
      (["bans", "audit"] as const).map((one) =>
        h(
          "a",
          {
            key: one,
            href: urlOf("history", { subject, list: one === "bans" ? undefined : one }),
            "aria-current": one === list ? "true" : undefined,
          },
          LISTS[one],
        ),
      ),
    ),
    h(SubjectSearch, {
      subject,
      onSearch: (text) => navigate(urlOf("history", { list, subject: text })),
    }),
    h(Trouble, { error }),
    data !== undefined && entries.length === 0
      ? h("p", { class: "note", role: "status" }, "Nothing was recorded.")
      : list === "audit"
        ? h(AuditTable, { entries: entries.filter(isAudit) })
        : h(HistoryTable, { bans: entries.filter(isPastBan), now }),
    more
      ? h(
          "a",
          { class: "button", href: urlOf("history", { subject, list, limit: String(limit * 5) }) },
          "Show more",
        )
      : null,
  );
}

/** Right after a change of the list, the data is still that of the other. */
function isAudit(entry: PastBanReply | AuditReply): entry is AuditReply {
  return "action" in entry;
}

function isPastBan(entry: PastBanReply | AuditReply): entry is PastBanReply {
  return "ended" in entry;
}

function SubjectSearch({
  subject,
  onSearch,
}: {
  readonly subject: string;
  readonly onSearch: (subject: string) => void;
}): ComponentChild {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const text = new FormData(event.currentTarget).get("subject");
    if (typeof text === "string") onSearch(text.trim());
  };
  return h(
    "form",
    { class: "filters", role: "search", onSubmit: submit },
    h("input", {
      type: "search",
      name: "subject",
      "aria-label": "Address or network",
      placeholder: "Address or network",
      defaultValue: subject,
      maxLength: 64,
      spellcheck: false,
    }),
    h("button", null, "Search"),
  );
}
