/** Lists current bans: searched, filtered and sorted by the daemon, a page at a time. The URL holds all of it. */
import { h, type ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { FoundBansReply } from "../../control/ban-messages.ts";
import type { StatusReply } from "../../control/status-messages.ts";
import type { OverviewReply } from "../web-messages.ts";
import { type AskedAction, BanDialog, ConfirmAction } from "./ban-actions.ts";
import { BanTable, type BanOrder } from "./ban-table.ts";
import type { ApiError } from "./api.ts";
import { exportBans } from "./export-bans.ts";
import { navigate } from "./navigation.ts";
import { useNotices } from "./notices.ts";
import { PageLinks } from "./page-links.ts";
import type { Role } from "../roles.ts";
import { urlOf } from "./route.ts";
import { Trouble } from "./shared-parts.ts";
import { useData, useNow } from "./use-data.ts";

const EVERY_MS = 10_000;
/** Highest offset that the daemon answers; later rows are found by a search or the other order. */
const LIST = { view: "bans", noun: "ban", maxOffset: 20_000 } as const;
/** Milliseconds without a key after which a search is sent. */
const TYPING_MS = 250;
const ORIGINS = ["detected", "manual", "restored"];

export function BansView(props: {
  readonly query: URLSearchParams;
  readonly role: Role;
}): ComponentChild {
  const { query } = props;
  const isOperator = props.role === "operator";
  const now = useNow();
  const values = Object.fromEntries(query);
  const { data, error, reload } = useData<FoundBansReply>(
    `/api/bans?${new URLSearchParams(values).toString()}`,
    EVERY_MS,
  );
  const overview = useData<OverviewReply>("/api/overview", EVERY_MS);
  const notices = useNotices(reload);
  const [asked, setAsked] = useState<AskedAction | "ban">();
  const close = (): void => setAsked(undefined);
  /** Another search, filter or order begins on the first page. */
  const change = (changed: Readonly<Record<string, string | undefined>>): void =>
    navigate(urlOf("bans", { ...values, offset: undefined, ...changed }), "replace");
  const order: BanOrder = {
    sort: query.get("sort") ?? "from",
    isAscending: query.get("order") === "asc",
  };
  const sortBy = (sort: string): void => {
    const isSame = sort === order.sort;
    // Addresses begin with the lowest, times with the newest.
    const isAscending = isSame ? !order.isAscending : sort === "address";
    change({ sort: sort === "from" ? undefined : sort, order: isAscending ? "asc" : undefined });
  };
  return h(
    "div",
    { class: "view" },
    h(
      "div",
      { class: "title" },
      h("h1", null, "Bans"),
      h(
        "div",
        { class: "buttons" },
        h("button", { onClick: () => void notices.run(() => exportBans(values)) }, "Export CSV"),
        isOperator ? h("button", { onClick: () => setAsked("ban") }, "Ban an address…") : null,
      ),
    ),
    h(Filters, { values, change, status: overview.data?.status }),
    h(Trouble, { error }),
    h(PageLinks, { ...LIST, values, found: data?.found ?? 0 }),
    data === undefined || data.bans.length === 0
      ? h("p", { class: "note", role: "status" }, describeEmpty(data, values, error))
      : h(BanTable, {
          ...{ bans: data.bans, order, sortBy, now },
          onAsk: isOperator ? setAsked : undefined,
        }),
    asked === "ban"
      ? h(BanDialog, { notices, onClose: close })
      : asked === undefined
        ? null
        : h(ConfirmAction, { asked, notices, onClose: close }),
    notices.shown,
  );
}

function describeEmpty(
  data: FoundBansReply | undefined,
  values: Readonly<Record<string, string>>,
  error: ApiError | undefined,
): string {
  if (data === undefined) return error === undefined ? "Loading…" : "";
  const isFiltered = ["search", "jail", "origin"].some((key) => (values[key] ?? "") !== "");
  return isFiltered ? "No current ban matches." : "Nobody is banned now.";
}

function Filters({
  values,
  change,
  status,
}: {
  readonly values: Readonly<Record<string, string>>;
  readonly change: (changed: Readonly<Record<string, string | undefined>>) => void;
  readonly status: StatusReply | undefined;
}): ComponentChild {
  const [typed, setTyped] = useState(values["search"] ?? "");
  useEffect(() => setTyped(values["search"] ?? ""), [values["search"]]);
  useEffect(() => {
    if (typed === (values["search"] ?? "")) return undefined;
    const timer = setTimeout(() => change({ search: typed }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const jails = [
    ...(status?.jails.map(({ name }) => name) ?? []),
    ...(status?.other_bans.map(({ name }) => name) ?? []),
  ];
  return h(
    "form",
    { class: "filters", role: "search", onSubmit: (event: SubmitEvent) => event.preventDefault() },
    h(
      "label",
      { class: "grow" },
      h("span", { class: "hidden" }, "Search"),
      h("input", {
        type: "search",
        value: typed,
        placeholder: "Address, network, rule or reason",
        spellcheck: false,
        maxLength: 200,
        onInput: (event: InputEvent) => {
          if (event.currentTarget instanceof HTMLInputElement) setTyped(event.currentTarget.value);
        },
      }),
    ),
    h(Choice, { name: "jail", all: "All jails", of: jails, values, change }),
    h(Choice, { name: "origin", all: "Any origin", of: ORIGINS, values, change }),
  );
}

function Choice(props: {
  readonly name: string;
  readonly all: string;
  readonly of: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly change: (changed: Readonly<Record<string, string>>) => void;
}): ComponentChild {
  const { name, all, of, values, change } = props;
  const chosen = values[name] ?? "";
  // A jail in a shared URL may no longer exist.
  const options = chosen === "" || of.includes(chosen) ? of : [...of, chosen];
  return h(
    "select",
    {
      "aria-label": name,
      value: chosen,
      onChange: (event: Event) => {
        if (event.currentTarget instanceof HTMLSelectElement)
          change({ [name]: event.currentTarget.value });
      },
    },
    h("option", { value: "" }, all),
    options.map((one) => h("option", { key: one, value: one }, one)),
  );
}
