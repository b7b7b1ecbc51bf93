/** Help text of -h. */
export const USAGE = `Usage: fail2ban-client [OPTIONS] <COMMAND>

bailiff's replacement: sends commands to the daemon over fail2ban's socket.

Options:
    -c, --conf <DIR>        directory of fail2ban's configuration
    -s, --socket <FILE>     where the daemon listens
    -d                      show the configuration as read
    --dp, --dump-pretty     the same
    -t, --test              validate the configuration
    -i                      read commands from a prompt
    --str2sec <TEXT>        a length such as 1d12h in seconds
    -h, --help              this text
    -V, --version           show the version; -V only the number
    -p, --pname, --loglevel, --logtarget, --syslogsocket, --timeout,
    --async, -v, -q, -x, -b, -f
                            accepted for compatibility, without effect

Commands:
    status [--all] [FLAVOR], status JAIL [basic|short|cymru|stats]
    stats, banned [IP...], ping [SECONDS], version, echo TEXT...
    reload [--restart] [--unban] [--if-exists] [JAIL], restart [JAIL]
    stop, add JAIL [BACKEND], start JAIL, stop JAIL, flushlogs
    unban --all, unban IP...
    get|set loglevel|logtarget|syslogsocket|dbfile|dbmaxmatches|dbpurgeage
    get JAIL banned [IP...], get JAIL banip [SEPARATOR|--with-time]
    get JAIL logpath|logencoding|journalmatch|ignoreself|ignoreip|
             ignorecommand|ignorecache|prefregex|failregex|ignoreregex|
             findtime|bantime|bantime.OPTION|datepattern|logtimezone|usedns|
             maxretry|maxmatches|maxlines|actions
    get JAIL action ACTION PROPERTY, get JAIL actionproperties ACTION
    set JAIL banip IP..., set JAIL unbanip [--report-absent] IP...
    set JAIL attempt IP [LINE...], set JAIL idle on|off
    set JAIL addignoreip IP..., set JAIL delignoreip IP
    set JAIL addlogpath FILE [head|tail], set JAIL dellogpath FILE
    set JAIL addjournalmatch MATCH..., set JAIL deljournalmatch MATCH...
    set JAIL addfailregex REGEX, set JAIL delfailregex NUMBER
    set JAIL addignoreregex REGEX, set JAIL delignoreregex NUMBER
    set JAIL findtime|bantime|bantime.OPTION|maxretry|maxmatches|maxlines|
             prefregex|datepattern|logtimezone|usedns|logencoding VALUE
Changes made with set last until the next reload.`;
