/** Removes a credential from a text. Pure. */

/** Shorter parts, such as a common user name, would make every text illegible. */
const MIN_PART_LENGTH = 4;

/**
 * Returns the text without the credential, its parts and their encoded forms, which a service may repeat. Apply it to
 * a whole text: half a credential, left by a cut, is not recognized.
 */
export function redact(text: string, secret: string): string {
  return formsOf(secret).reduce((left, form) => left.replaceAll(form, "…"), text);
}

/** The longest first: what is left of a form after a shorter one was removed is not recognized. */
function formsOf(secret: string): readonly string[] {
  // A password may contain a colon: "USER:PASSWORD" ends with each of these parts.
  const parts = secret.split(":");
  const tails = parts.map((_, index) => parts.slice(index).join(":"));
  const plain = new Set([...tails, ...parts]);
  const forms = [...plain].flatMap((part) => [
    part,
    encodeURIComponent(part),
    JSON.stringify(part).slice(1, -1),
    Buffer.from(part).toString("base64"),
    Buffer.from(part).toString("base64url"),
  ]);
  return [...new Set(forms)]
    .filter((form) => form.length >= MIN_PART_LENGTH)
    .sort((a, b) => b.length - a.length);
}
