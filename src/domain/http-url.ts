/** An address of the web that something is sent to. It may hold a secret, so it is shown by its host alone. */
export type HttpUrl = string & { readonly brand: "HttpUrl" };

/** undefined when the text is no http or https address with a host. */
export function parseHttpUrl(text: string): HttpUrl | undefined {
  const trimmed = text.trim();
  if (!/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) return undefined;
  return trimmed as HttpUrl;
}

/** "https://hooks.example.org/…": no path, no question, no user. */
export function showHttpUrl(url: HttpUrl): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}/…`;
}
