/**
 * Hashes passwords with scrypt (RFC 7914). The work factor needs 16 MB for each check; login-limit.ts and the serial
 * queue of log-in-routes.ts bound how many run.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** One of the parameter sets that OWASP's password storage cheat sheet lists as equivalent. */
const WORK = { N: 16_384, r: 8, p: 5 } as const;
const PREFIX = "scrypt-16384-8-5";
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Maximum characters of a password: longer ones only cost time. */
export const MAX_PASSWORD_LENGTH = 1024;

/** Matches a hash that this release can check. */
const FORM = /^scrypt-16384-8-5:([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]{43})$/;

export const PASSWORD_FORM = "the line that bailiff web password prints";

export function isPasswordHash(text: string): boolean {
  return FORM.test(text);
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt);
  return `${PREFIX}:${salt.toString("base64url")}:${hash.toString("base64url")}`;
}

/** Compares with a hash in constant time. `hash` undefined: takes as long, and returns false. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = "", expected = ""] = FORM.exec(hash ?? "") ?? [];
  const derived = await derive(password, Buffer.from(salt, "base64url"));
  const known = Buffer.from(expected, "base64url");
  return known.length === derived.length && timingSafeEqual(known, derived);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, WORK, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}
