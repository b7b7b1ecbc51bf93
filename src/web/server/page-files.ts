/** Serves the page, which `npm run web:build` has bundled into web/. Each file is compressed once, when the process starts. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const FOLDER = new URL("../../../web/", import.meta.url);

const TYPES = {
  "index.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const;

/** Matches paths of views, which all are the same page; the page itself reads the path. */
const VIEW = /^\/(?:login|bans|campaigns|jails|history|problems|address)?$/;

export interface PageFile {
  readonly type: string;
  /** Strong validator of RFC 9110, with its quotes. */
  readonly etag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly brotli: Uint8Array<ArrayBuffer>;
}

export type FindPageFile = (path: string) => PageFile | undefined;

/** Reads the files, and returns a function that finds the file of a path. */
export function loadPageFiles(): FindPageFile {
  const files = new Map<string, PageFile>(
    Object.entries(TYPES).map(([name, type]) => [`/${name}`, loadFile(name, type)] as const),
  );
  return (path) => files.get(VIEW.test(path) ? "/index.html" : path);
}

function loadFile(name: string, type: string): PageFile {
  const plain = new Uint8Array(readFileSync(new URL(name, FOLDER)));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  const brotli = new Uint8Array(brotliCompressSync(plain, { params }));
  const etag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
  return { type, etag, plain, brotli };
}
