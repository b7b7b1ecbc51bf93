/** An http or https URL. It may contain a secret, so only its host is displayed. */
export type HttpUrl = string & { readonly brand: "HttpUrl" };

/** Returns undefined when the text is not an http or https URL with a host. */
export function parseHttpUrl(text: string): HttpUrl | undefined {
  const trimmed = text.trim();
  if (!/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) return undefined;
  return trimmed as HttpUrl;
}

/** Formats a URL for display without path, query and user: "https://hooks.example.org/…". */
export function showHttpUrl(url: HttpUrl): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}/…`;
}

/** Appends a path to that of a URL, which is kept, and drops its query. */
export function joinHttpUrl(base: HttpUrl, path: string): HttpUrl {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  url.search = "";
  return url.href as HttpUrl;
}
