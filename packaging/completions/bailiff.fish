# fish completion for bailiff. Generated from src/cli/commands.ts by tools/docs.ts. Do not edit.

function __bailiff_jails
    bailiff status --json 2>/dev/null | tr '{' '\n' | sed -n 's/^"name":"\([^"]*\)","state".*/\1/p'
end

function __bailiff_services
    bailiff services --all --json 2>/dev/null | tr '{' '\n' | sed -n 's/^"service":"\([^"]*\)".*/\1/p'
end

# How many arguments stand between the command and the cursor.
function __bailiff_position
    set -l words (commandline -opc)
    set -l plain (string match -v -- '-*' $words[2..-1])
    math (count $plain) - 1
end

complete -c bailiff -f
complete -c bailiff -l config -r -F -d 'configuration file (env: BAILIFF_CONFIG)'
complete -c bailiff -l socket -r -F -d 'control socket of the daemon (env: BAILIFF_SOCKET)'
complete -c bailiff -l version -s V -d 'print the version'
complete -c bailiff -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a run -d 'run the daemon in the foreground'
complete -c bailiff -n "__fish_seen_subcommand_from run" -l verbose -d 'log debug events as well'
complete -c bailiff -n "__fish_seen_subcommand_from run" -l fail2ban -r -F -d 'also run the jails of this fail2ban configuration'
complete -c bailiff -n "__fish_seen_subcommand_from run" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a reload -d 'reload the configuration'
complete -c bailiff -n "__fish_seen_subcommand_from reload" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a stop -d 'stop the daemon; bans stay in the firewall'
complete -c bailiff -n "__fish_seen_subcommand_from stop" -l unban -d 'lift every ban first'
complete -c bailiff -n "__fish_seen_subcommand_from stop" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a version -d 'print the versions of this program and of the daemon'
complete -c bailiff -n "__fish_seen_subcommand_from version" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from version" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a demo -d 'show a real attack being banned, in a sandbox (root)'
complete -c bailiff -n "__fish_seen_subcommand_from demo" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a status -d 'show the protection status of all jails, or of one'
complete -c bailiff -n "__fish_seen_subcommand_from status" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from status" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from status; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a verify -d 'test jails end to end, from a failed login to a drop'
complete -c bailiff -n "__fish_seen_subcommand_from verify" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from verify" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from verify; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a drift -d 'show lines that no rule recognizes, and propose rules'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l accept -x -d 'add the rule proposed for message n to your filters'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l dismiss -x -d 'add a rule that says message n is harmless'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l all -d 'also show lines that are not suspicious'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from drift; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a doctor -d 'diagnose each link from a log line to a dropped packet'
complete -c bailiff -n "__fish_seen_subcommand_from doctor" -l bundle -r -F -d 'write a support bundle, without secrets, to a file'
complete -c bailiff -n "__fish_seen_subcommand_from doctor" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from doctor" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from doctor; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a bans -d 'list current bans'
complete -c bailiff -n "__fish_seen_subcommand_from bans" -l jail -x -a "(__bailiff_jails)" -d 'only bans of this jail'
complete -c bailiff -n "__fish_seen_subcommand_from bans" -l limit -x -d 'maximum number to list (default: all)'
complete -c bailiff -n "__fish_seen_subcommand_from bans" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from bans" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a banned -d 'list current bans'
complete -c bailiff -n "__fish_seen_subcommand_from banned" -l jail -x -a "(__bailiff_jails)" -d 'only bans of this jail'
complete -c bailiff -n "__fish_seen_subcommand_from banned" -l limit -x -d 'maximum number to list (default: all)'
complete -c bailiff -n "__fish_seen_subcommand_from banned" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from banned" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a why -d 'explain an address: lines, counts, bans, history'
complete -c bailiff -n "__fish_seen_subcommand_from why" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from why" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a history -d 'list past bans, or the audit log'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l audit -d 'list the audit log instead'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l jail -x -a "(__bailiff_jails)" -d 'only bans of this jail'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l limit -x -d 'maximum number to list (default: 50)'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a follow -d 'print events as they happen, until Ctrl-C'
complete -c bailiff -n "__fish_seen_subcommand_from follow" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from follow" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a ban -d 'ban addresses or networks'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l jail -x -a "(__bailiff_jails)" -d 'ban in this jail, on its ports only (default: all ports)'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l for -x -d '90s, 10m, 2h, 7d or forever (default: bantime in [defaults])'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l reason -x -d 'stored with the ban and in the audit log'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l force -d 'even if someone, maybe you, is logged in from that address'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a unban -d 'lift bans'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l all -d 'lift every ban'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l jail -x -a "(__bailiff_jails)" -d 'only bans of this jail'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l reason -x -d 'stored in the audit log'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l keep-history -d 'let the lifted bans make the next ones longer'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a allow -d 'exempt addresses from bans, or show the allow-list'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l for -x -d '90s, 10m, 2h, 7d or forever (default: forever)'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l reason -x -d 'stored with the entry and in the audit log'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l force -d 'even if a network is wider than /8 (IPv4) or /16 (IPv6)'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l remove -d 'remove from the allow-list'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a breaker -d 'list suspended rules, or reset them'
complete -c bailiff -n "__fish_seen_subcommand_from breaker" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from breaker" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from breaker; and test (__bailiff_position) -eq 0" -a "reset"
complete -c bailiff -n "__fish_seen_subcommand_from breaker; and test (__bailiff_position) -eq 1" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a set -d 'change bans of a jail, in the syntax of fail2ban-client'
complete -c bailiff -n "__fish_seen_subcommand_from set" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from set; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "__fish_seen_subcommand_from set; and test (__bailiff_position) -eq 1" -a "banip unbanip addignoreip delignoreip"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a get -d 'list bans of a jail, in the syntax of fail2ban-client'
complete -c bailiff -n "__fish_seen_subcommand_from get" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from get; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "__fish_seen_subcommand_from get; and test (__bailiff_position) -eq 1" -a "banip banned ignoreip"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a services -d 'list services of this host, and whether they are protected'
complete -c bailiff -n "__fish_seen_subcommand_from services" -l all -d 'list every service of the filter library'
complete -c bailiff -n "__fish_seen_subcommand_from services" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from services" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a enable -d 'enable jails for services'
complete -c bailiff -n "__fish_seen_subcommand_from enable" -l abuse -d 'also against probes, scanners, spam and other abuse'
complete -c bailiff -n "__fish_seen_subcommand_from enable" -l unverified -d 'also by rules that were not verified on a real log'
complete -c bailiff -n "__fish_seen_subcommand_from enable" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from enable" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from enable; and test (__bailiff_position) -eq 0" -a "(__bailiff_services)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a disable -d 'disable jails of services'
complete -c bailiff -n "__fish_seen_subcommand_from disable" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from disable" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from disable; and test (__bailiff_position) -eq 0" -a "(__bailiff_services)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a check -d 'validate the configuration and the filters'
complete -c bailiff -n "__fish_seen_subcommand_from check" -l fail2ban -r -F -d 'also show what this fail2ban configuration becomes'
complete -c bailiff -n "__fish_seen_subcommand_from check" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from check" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a assess -d 'judge whether this host needs bailiff'
complete -c bailiff -n "__fish_seen_subcommand_from assess" -l json -d 'print JSON, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from assess" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a scan -d 'show what a filter recognizes in a log'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l filter -r -F -d 'name of a filter, or path of its file; repeatable'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l mode -x -a "normal aggressive abuse" -d 'rules to use (normal or aggressive or abuse, default: normal)'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l unverified -d 'also use rules that were not verified on a real log'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l proxy -x -d 'find the clients behind it; repeatable'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l unmatched -d 'print only the lines that no rule recognizes'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l json -d 'print a JSON object for each line, for scripts'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from scan; and test (__bailiff_position) -eq 0" -F
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a filter -d 'draft a filter, test one, or explain how it reads a line'
complete -c bailiff -n "__fish_seen_subcommand_from filter" -l yes -d 'new: do not ask; take for failures what drift suspects'
complete -c bailiff -n "__fish_seen_subcommand_from filter" -l out -r -F -d 'new: where to write it (default: your filters)'
complete -c bailiff -n "__fish_seen_subcommand_from filter" -l all -d 'explain: show every rule, not only the closest'
complete -c bailiff -n "__fish_seen_subcommand_from filter" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from filter; and test (__bailiff_position) -eq 0" -a "new test explain"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a import -d 'convert a fail2ban configuration, and take over its bans'
complete -c bailiff -n "__fish_seen_subcommand_from import" -l out -r -F -d 'where to write the files (default: only report)'
complete -c bailiff -n "__fish_seen_subcommand_from import" -l bans -d 'take over current bans, for the time left, and past ones'
complete -c bailiff -n "__fish_seen_subcommand_from import" -l database -r -F -d 'where to read bans (default: dbfile in fail2ban.conf)'
complete -c bailiff -n "__fish_seen_subcommand_from import" -l help -s h -d 'show help'
complete -c bailiff -n "__fish_seen_subcommand_from import; and test (__bailiff_position) -eq 0" -F
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a fail2ban-client -d 'run fail2ban-client commands against bailiff'
complete -c bailiff -n "__fish_seen_subcommand_from fail2ban-client" -l help -s h -d 'show help'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker set get services enable disable check assess scan filter import fail2ban-client fail2ban-regex" -a fail2ban-regex -d 'test a fail2ban filter on a log, as fail2ban-regex does'
complete -c bailiff -n "__fish_seen_subcommand_from fail2ban-regex" -l help -s h -d 'show help'
