/** Recognizes names of text encodings that Python accepts, by families of names. */

const ENCODING =
  /^(?:auto|locale|utf[-_]?(?:7|8|8[-_]sig|16|32)(?:[-_]?[bl]e)?|u(?:7|8|16|32)|(?:us[-_])?ascii|latin[-_]?(?:10|[1-9])|l(?:10|[1-9])|iso[-_]?8859(?:[-_][0-9]+)?|iso2022[-_]\w+|cp[-_]?\w+|windows[-_]?\w+|koi8[-_][rtu]|mac[-_]?\w+|big5\w*|gb[k0-9]\w*|hz|johab|euc[-_]?\w+|shift[-_]?jis\w*|sjis\w*|tis[-_]?620|ptcp154|kz1048|hp[-_]roman8)$/i;

export function isEncoding(text: string): boolean {
  return ENCODING.test(text);
}
