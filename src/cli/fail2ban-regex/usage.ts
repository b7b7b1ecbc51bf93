/** Help text of -h. */
export const USAGE_LINE = "Usage: fail2ban-regex [OPTIONS] <LOG> <REGEX> [IGNOREREGEX]";

export const USAGE: string = `${USAGE_LINE}

bailiff's replacement: tries expressions of fail2ban's filters on a log, with
the daemon's own code. Host names are never looked up.

LOG:
  a line of a log, the path of a file, or systemd-journal for the journal

REGEX:
  a failregex, the path of a filter file, the name of a filter with its options
  (sshd[mode=aggressive]), or the name of a jail

IGNOREREGEX:
  an ignoreregex

Options:
  -c, --config DIR        directory of fail2ban's configuration
  -d, --datepattern TEXT  find dates by this pattern
  --timezone, --TZ ZONE   zone of dates that name none (UTC, CET, +0200)
  -e, --encoding NAME     how the log is encoded (default: UTF-8)
  -r, --raw               count host names as written, without resolving
  --usedns WORD           no: <HOST> matches addresses only
  -L, --maxlines N        match this many lines together
  -m, --journalmatch TEXT instead of the filter's journalmatch
  -v, --verbose, --verbosity N
                          all expressions and date patterns, and what they found
  --verbose-date, --VD    the regular expressions of the date patterns
  -D, --debuggex          links for debuggex.com
  --no-check-all          stop at the first failregex that matches
  -o, --out WORD          print only this of each failure: row, id, ip, msg,
                          host, user or any other group, matches, or a text
                          with tags such as '<ip> <F-USER> | <msg>'
  -i, --invert            with -o: print the lines that are no failure
  --print-no-missed, --print-no-ignored
  --print-all-matched, --print-all-missed, --print-all-ignored
  -V, --version           show the version; -V only the number
  -h, --help              this text
  -l, --log-level, -t, --log-traceback, --full-traceback
                          accepted for compatibility, without effect`;
