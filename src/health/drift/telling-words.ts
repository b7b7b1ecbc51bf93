/**
 * Finds English words of daemons that show what a message means: failure, success, a name follows, an address follows.
 * Applied only to a shape's constant text, never to text of a client.
 */

/** Words and phrases that report a refused attempt. */
const FAILURE =
  /\b(?:fail\w*|invalid|denied|deny\w*|refus\w*|bad|errors?|illegal|unknown|non-?existent|incorrect\w*|wrong|reject\w*|unauthor\w*|unauthenticated|mismatch\w*|forbid\w*|disallow\w*|bogus|malformed|violation|locked|blocked|exceeded|no such|no match\w*|too many|(?:did|does) not match|not (?:allowed|permitted|accepted|found|known|valid|authori[sz]ed|authenticated)|unsuccessful\w*)\b/gi;

const SUCCESS =
  /\b(?:accepted|accepting|succe(?:ss|ssful|ssfully|eded|eds)|granted|opened|established|welcome|logged in|authenticated|authori[sz]ed|permitted|allowed|ok)\b/i;

const NEGATED =
  /\b(?:not|never|un) ?(?:been )?(?:accepted|successful|granted|opened|established|authenticated|authori[sz]ed|permitted|allowed|ok)\b/gi;

/** Returns the words of failure in a text, in lower case, without duplicates. */
export function failureWords(text: string): readonly string[] {
  return [...new Set((text.match(FAILURE) ?? []).map((word) => word.toLowerCase()))];
}

export function saysSuccess(text: string): boolean {
  return SUCCESS.test(text.replace(NEGATED, ""));
}

/** Reports whether a word carries meaning, so that lines which differ in it are of different kinds. */
export function isTelling(word: string): boolean {
  return SUCCESS.test(word) || (word.match(FAILURE) ?? []).length > 0;
}

const BEFORE_NAME =
  /^(?:for|user|username|login|account|acct|name|logname|ruser|identity|principal):?$/i;
/** Words that may come between the word that announces a name and the name. */
const BETWEEN = /^(?:invalid|illegal|unknown|authenticating|nonexistent|non-existent|the)$/i;

/** Reports whether a name follows this word. `before`: the previous word announced a name, too. */
export function announcesName(word: string, before: boolean): boolean {
  return BEFORE_NAME.test(word) || (before && BETWEEN.test(word));
}

const NO_NAME =
  /^(?:from|by|at|with|is|not|has|had|was|in|on|to|via|and|or|of|failed|failure|failures|denied|refused|rejected|locked|expired|unknown|invalid|illegal|authenticating|nonexistent|non-existent|attempts?|user|username|login|account|acct|name|logname|ruser|identity|principal|connections?|requests?|packets?|sessions?|authentication|keys?|methods?|ports?|address(?:es)?|hosts?|pid|process|the|this|more|service|password|max\w*):?$/i;

/**
 * Reports whether a word in the position of a name is part of the message. A client with such a name only creates
 * another shape.
 */
export function isNoName(word: string): boolean {
  return NO_NAME.test(word) || isTelling(word);
}

const BEFORE_PEER =
  /(?:^|[^a-z])(?:from|by|rhost|client|peer|remote|remote host|src|source|addr|address|ip|ipaddr|ipaddress|host|origin|originator|clientip|remoteip|sourceip|srcip|remoteaddr)[^a-z0-9]{0,4}$/i;
const BEFORE_OTHER =
  /(?:^|[^a-z])(?:on|to|local|server|via|target|dest|destination|dst|bind|listen\w*|connect_to)[^a-z0-9]{0,4}$/i;

/** Judges from the text before an address whether it is the peer's. Reads "clientIp" like "client_ip". */
export function addressRole(before: string): "peer" | "other" | "unsaid" {
  const words = before.replace(/([a-z])([A-Z])/g, "$1_$2");
  if (BEFORE_PEER.test(words)) return "peer";
  return BEFORE_OTHER.test(words) ? "other" : "unsaid";
}
