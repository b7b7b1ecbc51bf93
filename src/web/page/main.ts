/** Starts the page: asks who is logged in, and shows the view of the URL. */
import { h, render, type ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SessionReply } from "../web-messages.ts";
import { ApiError, ask, logOut } from "./api.ts";
import { AddressView } from "./address-view.ts";
import { BansView } from "./bans-view.ts";
import { CampaignView } from "./campaign-view.ts";
import { CampaignsView } from "./campaigns-view.ts";
import { HistoryView } from "./history-view.ts";
import { JailsView } from "./jails-view.ts";
import { keepLive } from "./live.ts";
import { type RecentEvents, useRecentEvents } from "./live-panel.ts";
import { LoginView } from "./login-view.ts";
import { navigate, useRoute } from "./navigation.ts";
import { OverviewView } from "./overview-view.ts";
import { ProblemsView } from "./problems-view.ts";
import { loginUrl, pathOf, type Route, type ViewName, VIEWS } from "./route.ts";
import { Trouble } from "./shared-parts.ts";
import { applyTheme, nextTheme, readTheme } from "./theme.ts";

const TITLES: { readonly [view in ViewName]: string } = {
  overview: "Overview",
  bans: "Bans",
  campaigns: "Campaigns",
  jails: "Jails",
  history: "History",
  problems: "Problems",
  address: "Address",
};
/** The view of one address is reached from others. */
const LINKED = VIEWS.filter((view) => view !== "address");

function Page(): ComponentChild {
  const route = useRoute();
  const recent = useRecentEvents();
  const [session, setSession] = useState<SessionReply>();
  const [error, setError] = useState<ApiError>();
  const load = async (): Promise<void> => {
    try {
      setSession(await ask<SessionReply>("/api/session"));
      setError(undefined);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (failure.code !== "login-needed") setError(failure);
      else navigate(loginUrl(), "replace");
    }
  };
  useEffect(() => {
    // The login loads it, and an answer from before must not undo that.
    if (route.view !== "login") void load();
  }, []);
  useEffect(() => {
    if (session === undefined) return undefined;
    const stop = new AbortController();
    void keepLive(stop.signal);
    return () => stop.abort();
  }, [session]);
  useEffect(() => {
    const title = TITLES[route.view as ViewName] ?? "Log in";
    document.title = `${title} · bailiff`;
  }, [route.view]);
  if (route.view === "login") return h(LoginView, { onLogin: () => void load() });
  if (session === undefined) return h("main", null, h(Trouble, { error }));
  return h(
    "div",
    null,
    h(Header, { route, session }),
    h("main", { id: "main", tabIndex: -1 }, h(View, { route, session, recent })),
  );
}

function View({
  route,
  session,
  recent,
}: {
  readonly route: Route;
  readonly session: SessionReply;
  readonly recent: RecentEvents;
}): ComponentChild {
  switch (route.view) {
    case "overview":
      return h(OverviewView, { query: route.query, role: session.role, recent });
    case "bans":
      return h(BansView, { query: route.query, role: session.role });
    case "campaigns": {
      const name = route.query.get("name");
      return name === null
        ? h(CampaignsView, { role: session.role })
        : h(CampaignView, { key: name, name, query: route.query, role: session.role });
    }
    case "jails":
      return h(JailsView, { query: route.query, role: session.role });
    case "history":
      return h(HistoryView, { query: route.query });
    case "problems":
      return h(ProblemsView, { role: session.role });
    case "address":
      // Another address begins without the data of the one before.
      return h(AddressView, {
        ...{ key: route.query.get("subject"), query: route.query, role: session.role },
      });
    case "login":
    case "unknown":
      return h("p", { class: "note" }, "This page does not exist.");
  }
}

function Header({
  route,
  session,
}: {
  readonly route: Route;
  readonly session: SessionReply;
}): ComponentChild {
  const [theme, setTheme] = useState(readTheme);
  const leave = async (): Promise<void> => {
    await logOut();
    location.assign("/login");
  };
  const change = (): void => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  return h(
    "header",
    null,
    h("a", { class: "skip", href: "#main" }, "Skip to content"),
    h("span", { class: "brand" }, "bailiff"),
    h(
      "nav",
      { "aria-label": "Pages" },
      LINKED.map((view) =>
        h(
          "a",
          {
            key: view,
            href: pathOf(view),
            "aria-current": view === route.view ? "page" : undefined,
          },
          TITLES[view],
        ),
      ),
    ),
    h("span", { class: "who" }, session.name, h("small", null, ` ${session.role}`)),
    h("button", { onClick: change, title: "Light or dark" }, `Theme: ${theme}`),
    h("button", { onClick: () => void leave() }, "Log out"),
  );
}

applyTheme(readTheme());
const place = document.getElementById("page");
if (place !== null) render(h(Page, null), place);
