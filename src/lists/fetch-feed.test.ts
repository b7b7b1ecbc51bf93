import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { duration } from "../domain/duration.ts";
import { fetchFeed, type FetchedFeed, type FetchOptions } from "./fetch-feed.ts";

const LIST = "192.0.2.1\n198.51.100.0/24\n";

interface Site extends AsyncDisposable {
  fetch(options?: Partial<FetchOptions>): Promise<FetchedFeed | undefined | string>;
  /** Fails if the list is fetched. */
  refusal(options?: Partial<FetchOptions>): Promise<string>;
  readonly url: string;
  readonly requests: number;
}

/** Serves one site on loopback; `fetch` returns the list or the reason why it cannot be fetched. */
async function openSite(listener: RequestListener): Promise<Site> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    listener(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const url = `http://127.0.0.1:${address.port}/list`;
  const fetch: Site["fetch"] = async (options) => {
    const fetched = await fetchFeed({
      ...{ url, validators: {}, maxBytes: 10_000, timeout: duration(60_000) },
      ...{ signal: new AbortController().signal, ...options },
    });
    return fetched.ok ? fetched.value : fetched.error;
  };
  return {
    url,
    fetch,
    get requests() {
      return requests;
    },
    async refusal(options) {
      const fetched = await fetch(options);
      assert.ok(typeof fetched === "string", "it is fetched");
      return fetched;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

test("a list is fetched with its validators, which save the next answer", async () => {
  const modified = "Tue, 01 Dec 2026 05:00:00 GMT";
  await using site = await openSite(({ headers }, response) => {
    const isKnown = headers["if-none-match"] === '"1"' && headers["if-modified-since"] === modified;
    response.writeHead(isKnown ? 304 : 200, { etag: '"1"', "last-modified": modified });
    response.end(isKnown ? undefined : LIST);
  });
  const first = await site.fetch();
  assert.deepEqual(first, { text: LIST, validators: { etag: '"1"', modified } });
  assert.equal(await site.fetch({ validators: { etag: '"1"', modified } }), undefined);
});

test("a server that calls unknown content unchanged is refused", async () => {
  await using site = await openSite((_, response) => response.writeHead(304).end());
  assert.equal(await site.fetch(), "the server answers with status 304");
});

test("a compressed list is read", async () => {
  await using site = await openSite((_, response) => {
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync(LIST));
  });
  assert.partialDeepStrictEqual(await site.fetch(), { text: LIST });
});

test("redirects are followed a few times, and never to an address without https", async () => {
  let target = "/next";
  await using site = await openSite(({ url }, response) => {
    const isEnd = url === "/end";
    response.writeHead(isEnd ? 200 : 302, { location: url === "/next" ? "/end" : target });
    response.end(isEnd ? LIST : undefined);
  });
  assert.partialDeepStrictEqual(await site.fetch(), { text: LIST });
  const before = site.requests;
  target = "/list";
  assert.equal(await site.fetch(), "the server redirects more than 5 times");
  assert.equal(site.requests - before, 6);
  for (const [to, reason] of [
    [
      "http://lists.example:81/x?token=1",
      /^the server redirects to an address without https, on lists\.example:81$/,
    ],
    ["ftp://127.0.0.1/x", /^the server redirects to an address without https/],
    ["file:///etc/passwd", /^the server redirects to an address without https/],
    ["http://[", /^the server redirects to no valid address$/],
  ] as const) {
    target = to;
    assert.match(await site.refusal(), reason);
  }
});

test("an answer that is too long is not read to its end, compressed or not", async () => {
  const LONG = 50_000_000;
  await using plain = await openSite((_, response) => {
    response.on("error", () => undefined);
    const write = (): void => {
      while (response.write("192.0.2.1\n".repeat(1000)));
    };
    response.on("drain", write);
    write();
  });
  assert.equal(await plain.fetch(), "it has more than 10000 bytes (max_bytes)");
  const bomb = gzipSync(Buffer.alloc(LONG, "1"));
  assert.ok(bomb.length < LONG / 500, "it is small as sent");
  await using packed = await openSite((_, response) => {
    response.setHeader("content-encoding", "gzip");
    response.end(bomb);
  });
  assert.equal(await packed.fetch(), "it has more than 10000 bytes (max_bytes)");
});

test("what a server answers instead of a list is the reason", async () => {
  await using site = await openSite(({ url }, response) => {
    if (url === "/list?cut") response.writeHead(200, { "content-length": 999 }).write(LIST);
    if (url === "/list?cut") return void response.socket?.end();
    if (url === "/list?packed") response.setHeader("content-encoding", "br");
    if (url === "/list?broken") response.setHeader("content-encoding", "gzip");
    response.writeHead(url === "/list?500" ? 500 : 200).end(LIST);
  });
  for (const [query, reason] of [
    ["500", /^the server answers with status 500$/],
    ["packed", /^the answer has the unknown encoding "br"$/],
    ["broken", /^the answer is no valid gzip: incorrect header check$/],
    ["cut", /^(?:aborted|connection reset by peer|socket hang up)$/],
  ] as const)
    assert.match(await site.refusal({ url: `${site.url}?${query}` }), reason, query);
});

test("a server that hangs, before or within its answer, is given up", async () => {
  await using silent = await openSite(() => undefined);
  await using slow = await openSite((_, response) => void response.write("192.0.2.1\n"));
  for (const site of [silent, slow]) {
    const timeout = duration(1000);
    assert.equal(await site.fetch({ timeout }), "no complete answer within 1s");
  }
  const stop = new AbortController();
  const pending = silent.refusal({ signal: stop.signal });
  stop.abort();
  assert.match(await pending, /abort/);
});

test("a server that does not listen is the reason", async () => {
  const site = await openSite(() => undefined);
  await site[Symbol.asyncDispose]();
  assert.match(await site.refusal(), /^connection refused/);
});
