/**
 * Makes and accepts one-time links. `bailiff web open` signs a grant with the key that the running dashboard has written
 * to a file of mode 0600, so that who may read the file may log in. A link is valid for five minutes and once.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import * as v from "valibot";
import { parseJson } from "../../domain/json.ts";
import { isUserName, ROLES, type WebUser } from "../roles.ts";

const LINK_MS = 5 * 60_000;

const GRANT = v.strictObject({
  name: v.pipe(v.string(), v.check(isUserName)),
  role: v.picklist(ROLES),
  until: v.number(),
  nonce: v.string(),
});

export function newLinkKey(): string {
  return randomBytes(32).toString("base64url");
}

/** `now`: milliseconds since the machine started, as for `take`: the same in both processes. */
export function signGrant(key: string, { name, role }: WebUser, now: number): string {
  const nonce = randomBytes(16).toString("base64url");
  const grant = JSON.stringify({ name, role, until: now + LINK_MS, nonce });
  const body = Buffer.from(grant).toString("base64url");
  return `${body}.${signatureOf(key, body).toString("base64url")}`;
}

export class LoginLinks {
  readonly #key: string;
  /** Used links by nonce, with their ends. Only holders of the key can add to it, and ended ones are dropped. */
  readonly #used = new Map<string, number>();

  constructor(key: string) {
    this.#key = key;
  }

  /** Accepts a link once; undefined: forged, too old, or already used. */
  take(token: string, now: number): WebUser | undefined {
    const [body = "", signature = ""] = token.split(".");
    const given = Buffer.from(signature, "base64url");
    const expected = signatureOf(this.#key, body);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const grant = v.safeParse(GRANT, parseJson(Buffer.from(body, "base64url").toString()));
    if (!grant.success) return undefined;
    const { name, role, until, nonce } = grant.output;
    for (const [old, end] of this.#used) if (end < now) this.#used.delete(old);
    if (until < now || this.#used.has(nonce)) return undefined;
    this.#used.set(nonce, until);
    return { name, role };
  }
}

function signatureOf(key: string, body: string): Buffer {
  return createHmac("sha256", Buffer.from(key, "base64url")).update(body).digest();
}
