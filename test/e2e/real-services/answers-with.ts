/** A script that succeeds if curl gets an answer with this status; `request` is the rest of its command line. */
export function answersWith(status: number, request: string): string {
  return `[ "$(curl --silent --output /dev/null --write-out "%{http_code}" ${request})" = ${status} ]`;
}
