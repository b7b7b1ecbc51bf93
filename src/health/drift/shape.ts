/**
 * Returns the shape of a message: its text without addresses, numbers, quoted texts and identifiers. Lines of the same
 * kind have the same shape. Bounded: only the first MAX_LENGTH characters count.
 */
import { parseIp } from "../../domain/ip.ts";

const MAX_LENGTH = 400;
const MAX_WORDS = 40;

export function shapeOf(message: string): string {
  const words = message
    .slice(0, MAX_LENGTH)
    .replace(/"[^"]*"|'[^']*'/g, "<quoted>")
    .split(" ", MAX_WORDS);
  return words.map(shapeOfWord).join(" ");
}

/** Matches in every word that has a variable part: all except long hexadecimal numbers have a digit or a colon. */
const MAY_VARY = /[\d:]|[a-fA-F]{16}/;

function shapeOfWord(word: string): string {
  // Most words have none, and each replacement takes as long as this test.
  if (!MAY_VARY.test(word)) return word;
  // Keeps punctuation around a value: "[192.0.2.7]:22," becomes "[<ip>]:<n>,".
  return word
    .replace(/\d{1,3}(?:\.\d{1,3}){3}/g, "<ip>")
    .replace(/(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])/g, (text) => {
      // A colon after an address is punctuation, as in "2001:db8::7: refused".
      const bare = /[^:]:$/.test(text) ? text.slice(0, -1) : text;
      const isAddress = /[0-9a-fA-F]/.test(bare) && parseIp(bare) !== undefined;
      return isAddress ? `<ip>${text.slice(bare.length)}` : text;
    })
    .replace(/(?:SHA256|MD5):\S+/g, "<key>")
    .replace(/\b[0-9a-fA-F]{16,}\b/g, "<hex>")
    .replace(/\d+(?:\.\d+)?/g, "<n>");
}
