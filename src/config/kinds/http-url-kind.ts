/** Reads the URL to which notices are posted. It may contain a secret, so no message quotes it. */
import { type HttpUrl, parseHttpUrl } from "../../domain/http-url.ts";
import { fail, ok } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { exampleOf, type Kind, mistake } from "./kind.ts";

export const httpUrlKind: Kind<HttpUrl> = {
  describe: (limits) => `an address such as "${exampleOf(limits, "https://hooks.example.org/…")}"`,
  read(value, limits) {
    const url = typeof value === "string" ? parseHttpUrl(value) : undefined;
    if (url !== undefined) return ok(url);
    const got =
      typeof value === "string" ? "a text that is not such an address" : describeValue(value);
    return fail(mistake(got, this.describe(limits), "it begins with https:// or http://"));
  },
};
