# fish completion for bailiff. Generated from src/cli/commands.ts by tools/docs.ts. Do not edit.

function __bailiff_jails
    bailiff status --json 2>/dev/null | tr '{' '\n' | sed -n 's/^"name":"\([^"]*\)","state".*/\1/p'
end

# How many arguments stand between the command and the cursor.
function __bailiff_position
    set -l words (commandline -opc)
    set -l plain (string match -v -- '-*' $words[2..-1])
    math (count $plain) - 1
end

complete -c bailiff -f
complete -c bailiff -l config -r -F -d 'configuration file (else BAILIFF_CONFIG, else /etc/bailiff/bailiff.toml)'
complete -c bailiff -l socket -r -F -d 'control socket of the daemon, else the one the configuration names (env: BAILIFF_SOCKET)'
complete -c bailiff -l version -s V -d 'print the version'
complete -c bailiff -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a run -d 'protect this machine, in the foreground'
complete -c bailiff -n "__fish_seen_subcommand_from run" -l verbose -d 'log details as well'
complete -c bailiff -n "__fish_seen_subcommand_from run" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a reload -d 'make the daemon read its configuration again; a bad one changes nothing'
complete -c bailiff -n "__fish_seen_subcommand_from reload" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a stop -d 'end the daemon; bans stay in the firewall'
complete -c bailiff -n "__fish_seen_subcommand_from stop" -l unban -d 'lift every ban first'
complete -c bailiff -n "__fish_seen_subcommand_from stop" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a version -d 'version of this program and of the daemon'
complete -c bailiff -n "__fish_seen_subcommand_from version" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from version" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a demo -d 'show a real attack being banned, in a network of its own (root)'
complete -c bailiff -n "__fish_seen_subcommand_from demo" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a status -d 'does it protect: every jail, or one in detail; exit code 1 when one does not'
complete -c bailiff -n "__fish_seen_subcommand_from status" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from status" -l help -s h -d 'explain'
complete -c bailiff -n "__fish_seen_subcommand_from status; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a verify -d 'try it for real: a failed login of its own, followed to a dropped packet; exit code 0 only when every step is proven'
complete -c bailiff -n "__fish_seen_subcommand_from verify" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from verify" -l help -s h -d 'explain'
complete -c bailiff -n "__fish_seen_subcommand_from verify; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a drift -d 'lines that no rule knows, and the rule that would; exit code 1 when some look like failures'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l accept -x -d 'add the rule proposed for message n to your own filters'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l dismiss -x -d 'message n is harmless: add a rule that knows it and says so'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l all -d 'what is not suspicious, too'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from drift" -l help -s h -d 'explain'
complete -c bailiff -n "__fish_seen_subcommand_from drift; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a doctor -d 'every link from a log line to a dropped packet, what was seen and what to do; exit code 0 only when all protect'
complete -c bailiff -n "__fish_seen_subcommand_from doctor" -l bundle -x -d 'write what a helper needs to a file, without secrets'
complete -c bailiff -n "__fish_seen_subcommand_from doctor" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from doctor" -l help -s h -d 'explain'
complete -c bailiff -n "__fish_seen_subcommand_from doctor; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a bans -d 'who is banned now'
complete -c bailiff -n "__fish_seen_subcommand_from bans" -l jail -x -a "(__bailiff_jails)" -d 'of one jail'
complete -c bailiff -n "__fish_seen_subcommand_from bans" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from bans" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a banned -d 'who is banned now'
complete -c bailiff -n "__fish_seen_subcommand_from banned" -l jail -x -a "(__bailiff_jails)" -d 'of one jail'
complete -c bailiff -n "__fish_seen_subcommand_from banned" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from banned" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a why -d 'everything known of an address: lines, rule, counts, ban, history, and the command that undoes it'
complete -c bailiff -n "__fish_seen_subcommand_from why" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from why" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a history -d 'past bans; with --audit every ban, unban and change: who, when, why'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l audit -d 'the audit instead of past bans'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l jail -x -a "(__bailiff_jails)" -d 'of one jail'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l limit -x -d 'how many at most (default: 50)'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from history" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a follow -d 'show what the daemon does as it does it, until Ctrl-C'
complete -c bailiff -n "__fish_seen_subcommand_from follow" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from follow" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a ban -d 'ban at once; the allow-list still wins, and an address where somebody is logged in takes --force; exit code 1 when one was not banned'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l jail -x -a "(__bailiff_jails)" -d 'in the name of a jail, with its ports (default: all traffic)'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l for -x -d 'how long: 90s, 10m, 2h, 7d or "forever" (default: bantime)'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l reason -x -d 'kept with the ban and in the audit'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l force -d 'although somebody is logged in from there, maybe you'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from ban" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a unban -d 'let in again'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l all -d 'lift every ban'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l jail -x -a "(__bailiff_jails)" -d 'only bans of this jail'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l reason -x -d 'kept in the audit'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from unban" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a allow -d 'never ban it, and lift its bans'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l for -x -d 'only so long (default: until removed)'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l reason -x -d 'kept with it and in the audit'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l remove -d 'take it off the allow-list'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from allow" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a breaker -d 'rules that were stopped because they banned as no attack would; reset lets them ban again'
complete -c bailiff -n "__fish_seen_subcommand_from breaker" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from breaker" -l help -s h -d 'explain'
complete -c bailiff -n "__fish_seen_subcommand_from breaker; and test (__bailiff_position) -eq 0" -a "reset"
complete -c bailiff -n "__fish_seen_subcommand_from breaker; and test (__bailiff_position) -eq 1" -a "(__bailiff_jails)"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a check -d 'read the configuration and the filters as the daemon would; exit code 78 on any problem'
complete -c bailiff -n "__fish_seen_subcommand_from check" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from check" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a assess -d 'should this host run bailiff: what it lets in, who attacks it, what bans would stop, and what would help most; exit code 1 when too little can be seen to judge'
complete -c bailiff -n "__fish_seen_subcommand_from assess" -l json -d 'JSON, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from assess" -l help -s h -d 'explain'
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a scan -d 'what a filter makes of a log, by the functions the daemon uses'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l filter -r -F -d 'a filter by name, or the path of a filter file; may be repeated'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l mode -x -a "normal aggressive" -d 'rules to use (normal or aggressive, default: normal)'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l json -d 'a JSON object for every line, for programs'
complete -c bailiff -n "__fish_seen_subcommand_from scan" -l help -s h -d 'explain'
complete -c bailiff -n "__fish_seen_subcommand_from scan; and test (__bailiff_position) -eq 0" -F
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a set -d 'as in fail2ban-client: set sshd banip 192.0.2.7'
complete -c bailiff -n "__fish_seen_subcommand_from set" -l help -s h -d 'explain'
complete -c bailiff -n "__fish_seen_subcommand_from set; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "__fish_seen_subcommand_from set; and test (__bailiff_position) -eq 1" -a "banip unbanip addignoreip delignoreip"
complete -c bailiff -n "not __fish_seen_subcommand_from run reload stop version demo status verify drift doctor bans banned why history follow ban unban allow breaker check assess scan set get" -a get -d 'as in fail2ban-client: get sshd banip'
complete -c bailiff -n "__fish_seen_subcommand_from get" -l help -s h -d 'explain'
complete -c bailiff -n "__fish_seen_subcommand_from get; and test (__bailiff_position) -eq 0" -a "(__bailiff_jails)"
complete -c bailiff -n "__fish_seen_subcommand_from get; and test (__bailiff_position) -eq 1" -a "banip banned ignoreip"
