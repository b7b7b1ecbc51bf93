# bash completion for bailiff. Generated from src/cli/commands.ts by tools/docs.ts. Do not edit.

_bailiff_jails() {
  bailiff status --json 2>/dev/null | tr '{' '\n' | sed -n 's/^"name":"\([^"]*\)","state".*/\1/p'
}

_bailiff_services() {
  bailiff services --all --json 2>/dev/null | tr '{' '\n' | sed -n 's/^"service":"\([^"]*\)".*/\1/p'
}

_bailiff() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= position=0 word i
  COMPREPLY=()
  # The command, and how many of its arguments stand before the cursor.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --config|--socket|--fail2ban|--forget|--accept|--dismiss|--bundle|--acknowledge|--since|--by|--count|--jail|--limit|--format|--out|--head|--for|--reason|--settings|--as|--filter|--mode|--proxy|--client-field|--container|--against|--html|--database) ((i++)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=$word; else ((position++)); fi ;;
    esac
  done
  case $command:$prev in
    run:--fail2ban) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    clear-firewall:--forget) return ;;
    drift:--accept) return ;;
    drift:--dismiss) return ;;
    doctor:--bundle) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    campaigns:--acknowledge) return ;;
    stats:--since) return ;;
    stats:--by) mapfile -t COMPREPLY < <(compgen -W "jail rule hour address user network" -- "$cur"); return ;;
    stats:--count) mapfile -t COMPREPLY < <(compgen -W "failures successes offenses bans unbans unrecognized dropped" -- "$cur"); return ;;
    stats:--jail) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); return ;;
    stats:--limit) return ;;
    report:--since) return ;;
    report:--format) mapfile -t COMPREPLY < <(compgen -W "text html json" -- "$cur"); return ;;
    metrics:--out) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    bans:--jail) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); return ;;
    bans:--limit) return ;;
    bans:--format) mapfile -t COMPREPLY < <(compgen -W "plain csv json nft ipset" -- "$cur"); return ;;
    banned:--jail) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); return ;;
    banned:--limit) return ;;
    banned:--format) mapfile -t COMPREPLY < <(compgen -W "plain csv json nft ipset" -- "$cur"); return ;;
    history:--jail) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); return ;;
    history:--limit) return ;;
    audit:--head) return ;;
    ban:--jail) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); return ;;
    ban:--for) return ;;
    ban:--reason) return ;;
    unban:--jail) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); return ;;
    unban:--reason) return ;;
    allow:--for) return ;;
    allow:--reason) return ;;
    web:--settings) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    web:--as) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    check:--fail2ban) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    scan:--filter) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    scan:--mode) mapfile -t COMPREPLY < <(compgen -W "normal aggressive abuse" -- "$cur"); return ;;
    scan:--proxy) return ;;
    scan:--client-field) return ;;
    scan:--container) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    replay:--filter) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    replay:--against) return ;;
    replay:--fail2ban) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    tune:--html) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    filter:--out) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    import:--out) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    import:--database) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    *:--config) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    *:--socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
  esac
  if [[ -z $command ]]; then
    if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--config --socket --version --help" -- "$cur")
    else mapfile -t COMPREPLY < <(compgen -W "run restore clear-firewall reload stop version demo status verify drift doctor campaigns quality stats report metrics check-health bans banned why history top audit follow ban unban allow breaker notify set get services enable disable web check assess scan replay tune filter import fail2ban-client fail2ban-regex help" -- "$cur"); fi
    return
  fi
  case $command in
    run)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--verbose --fail2ban --help" -- "$cur")
      fi ;;
    restore)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--help" -- "$cur")
      fi ;;
    clear-firewall)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--forget --help" -- "$cur")
      fi ;;
    reload)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--help" -- "$cur")
      fi ;;
    stop)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--unban --help" -- "$cur")
      fi ;;
    version)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      fi ;;
    demo)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--web --help" -- "$cur")
      fi ;;
    status)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ;;
      esac
      fi ;;
    verify)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ;;
      esac
      fi ;;
    drift)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--accept --dismiss --all --json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ;;
      esac
      fi ;;
    doctor)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--bundle --json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ;;
      esac
      fi ;;
    campaigns)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--unban --acknowledge --json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
      esac
      fi ;;
    quality)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "reset" -- "$cur"); ;;
        1) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ;;
        *) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
      esac
      fi ;;
    stats)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--since --by --count --jail --limit --csv --json --help" -- "$cur")
      fi ;;
    report)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--since --format --mail --help" -- "$cur")
      fi ;;
    metrics)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--out --json --help" -- "$cur")
      fi ;;
    check-health)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--help" -- "$cur")
      fi ;;
    bans)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--jail --limit --format --json --help" -- "$cur")
      fi ;;
    banned)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--jail --limit --format --json --help" -- "$cur")
      fi ;;
    why)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      fi ;;
    history)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--audit --jail --limit --json --help" -- "$cur")
      fi ;;
    top)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--help" -- "$cur")
      fi ;;
    audit)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--head --json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "verify" -- "$cur"); ;;
      esac
      fi ;;
    follow)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      fi ;;
    ban)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--jail --for --reason --force --json --help" -- "$cur")
      fi ;;
    unban)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--all --jail --exact --reason --keep-history --json --help" -- "$cur")
      fi ;;
    allow)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--for --reason --force --remove --json --help" -- "$cur")
      fi ;;
    breaker)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "reset" -- "$cur"); ;;
        1) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ;;
      esac
      fi ;;
    notify)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "test" -- "$cur"); ;;
      esac
      fi ;;
    set)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ;;
        1) mapfile -t COMPREPLY < <(compgen -W "banip unbanip addignoreip delignoreip" -- "$cur"); ;;
      esac
      fi ;;
    get)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ;;
        *) mapfile -t COMPREPLY < <(compgen -W "banip banned ignoreip" -- "$cur"); ;;
      esac
      fi ;;
    services)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--all --json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_services)" -- "$cur"); ;;
      esac
      fi ;;
    enable)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--abuse --unverified --json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_services)" -- "$cur"); ;;
      esac
      fi ;;
    disable)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_services)" -- "$cur"); ;;
      esac
      fi ;;
    web)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--settings --as --read-only --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "open password" -- "$cur"); ;;
      esac
      fi ;;
    check)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--fail2ban --json --help" -- "$cur")
      fi ;;
    assess)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$cur")
      fi ;;
    scan)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--filter --mode --unverified --proxy --client-field --container --unmatched --json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
      esac
      fi ;;
    replay)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--filter --against --fail2ban --all --json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
      esac
      fi ;;
    tune)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--html --show-risky --json --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "$(_bailiff_jails)" -- "$cur"); ;;
        *) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
      esac
      fi ;;
    filter)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--yes --out --all --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -W "new test explain" -- "$cur"); ;;
      esac
      fi ;;
    import)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--out --bans --database --help" -- "$cur")
      else case $position in
        0) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
      esac
      fi ;;
    fail2ban-client)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--help" -- "$cur")
      fi ;;
    fail2ban-regex)
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "--help" -- "$cur")
      fi ;;
    help) mapfile -t COMPREPLY < <(compgen -W "run restore clear-firewall reload stop version demo status verify drift doctor campaigns quality stats report metrics check-health bans banned why history top audit follow ban unban allow breaker notify set get services enable disable web check assess scan replay tune filter import fail2ban-client fail2ban-regex help" -- "$cur") ;;
  esac
}

complete -F _bailiff bailiff
