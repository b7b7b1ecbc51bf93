/**
 * The shape of a message: what stays when addresses, numbers, quoted texts and identifiers are taken out, so that
 * lines of one kind group together. Bounded: only the first MAX_LENGTH characters count.
 */
const MAX_LENGTH = 400;
const MAX_WORDS = 40;

export function shapeOf(message: string): string {
  const words = message
    .slice(0, MAX_LENGTH)
    .replace(/"[^"]*"|'[^']*'/g, "<quoted>")
    .split(" ", MAX_WORDS);
  return words.map(shapeOfWord).join(" ");
}

function shapeOfWord(word: string): string {
  // Punctuation at the ends belongs to the shape: "[192.0.2.7]:22," is "[<ip>]:<n>,".
  return word
    .replace(/\d{1,3}(?:\.\d{1,3}){3}/g, "<ip>")
    .replace(/[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}/g, (text) =>
      /[0-9a-fA-F]/.test(text) ? "<ip>" : text,
    )
    .replace(/(?:SHA256|MD5):\S+/g, "<key>")
    .replace(/\b[0-9a-fA-F]{16,}\b/g, "<hex>")
    .replace(/\d+(?:\.\d+)?/g, "<n>");
}
