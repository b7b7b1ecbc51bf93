/** Follows links within the page without loading it again, and tells components about the new URL. */
import { useEffect, useState } from "preact/hooks";
import { parseRoute, type Route } from "./route.ts";

const CHANGED = "bailiff-url";

export function navigate(url: string, how: "push" | "replace" = "push"): void {
  if (how === "push") history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  dispatchEvent(new Event(CHANGED));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location));
  useEffect(() => {
    const update = (): void => setRoute(parseRoute(location));
    addEventListener(CHANGED, update);
    addEventListener("popstate", update);
    document.addEventListener("click", followLink);
    return () => {
      removeEventListener(CHANGED, update);
      removeEventListener("popstate", update);
      document.removeEventListener("click", followLink);
    };
  }, []);
  return route;
}

/** Handles plain clicks on links to this page; clicks that open a new tab are left to the browser. */
function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (link === null || link.origin !== location.origin || !isPlain) return;
  // A place in the present view, which the browser finds and focuses.
  if (link.hash !== "") return;
  event.preventDefault();
  navigate(link.pathname + link.search);
  scrollTo(0, 0);
}
