/** Maps URLs to views, so that every view can be bookmarked and shared. */
export const VIEWS = [
  "overview",
  "bans",
  "campaigns",
  "jails",
  "history",
  "problems",
  "address",
] as const;
export type ViewName = (typeof VIEWS)[number];

export interface Route {
  readonly view: ViewName | "login" | "unknown";
  readonly query: URLSearchParams;
}

export function parseRoute({ pathname, search }: Pick<Location, "pathname" | "search">): Route {
  const query = new URLSearchParams(search);
  const name = pathname === "/" ? "overview" : pathname.slice(1);
  const view = [...VIEWS, "login" as const].find((one) => one === name) ?? "unknown";
  return { view, query };
}

export function pathOf(view: ViewName): string {
  return view === "overview" ? "/" : `/${view}`;
}

/** Returns the URL of the login, which returns to the present view. */
export function loginUrl(): string {
  return `/login?then=${encodeURIComponent(location.pathname + location.search)}`;
}

/** Returns a URL of a view; empty values are left out, so that equal views have equal URLs. */
export function urlOf(
  view: ViewName,
  values: Readonly<Record<string, string | undefined>>,
): string {
  const set = Object.entries(values).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [[key, value]],
  );
  return set.length === 0 ? pathOf(view) : `${pathOf(view)}?${new URLSearchParams(set).toString()}`;
}
