import type { LinkReply } from "../link-messages.ts";
import { formatInstant } from "../../domain/instant.ts";
import type { Proof } from "../../domain/proof.ts";

/** Describes what is known about one link. */
export function describeLink(proof: Proof): LinkReply {
  const { link, evidence } = proof;
  switch (proof.kind) {
    case "proven":
      return {
        link,
        verdict: "proven",
        evidence,
        at: formatInstant(proof.at),
        cause: null,
        fix: null,
      };
    case "found": {
      const { cause, fix } = proof;
      return { link, verdict: "found", evidence, at: formatInstant(proof.at), cause, fix };
    }
    case "unproven":
      return { link, verdict: "unproven", evidence, at: null, cause: null, fix: null };
  }
}
