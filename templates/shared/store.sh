
# What helps where store $1 gave nothing; $2 is what its program said, in small letters.
cs_help() {
  cs_store='' cs_login='' cs_install='' cs_meaning=''
  case $1 in
[%- for store in parts.list %]
    [[ store.scheme ]])
      cs_store=[[ store.name | sh ]] cs_login=[[ store.login | sh ]] cs_install=[[ store.install | sh ]]
      case $2 in
        [[ store.logged_out ]]) cs_meaning=logged_out ;;
        [[ store.missing ]]) cs_meaning=missing ;;
        [[ store.unavailable ]]) cs_meaning=unavailable ;;
      esac ;;
[%- endfor %]
  esac
  case $cs_meaning in
    logged_out) cs_meaning="log in, or ask for the right to read it: $cs_login" ;;
    missing) cs_meaning='there is no such secret: fix the reference in the manifest' ;;
    unavailable) cs_meaning="$cs_store cannot be reached: is it running and unsealed, and is its address right?" ;;
    *) if [ -n "$cs_login" ]; then cs_meaning="if you are not logged in: $cs_login"; fi ;;
  esac
}

# Stops without a value, for reason $1.
cs_fail() {
  cs_help "${cs_ref%%:*}" "$(cs_say "${cs_said:-$1}" | LC_ALL=C tr '[:upper:]' '[:lower:]')"
  if [ -n "$cs_said" ]; then cs_say "$cs_said" >&2; fi
  if [ -n "$cs_meaning" ]; then cs_meaning="${cs_nl}help: $cs_meaning"; fi
  cs_die "$cs_ref gave no value for $cs_label: $1$cs_meaning"
}

# The same where a login would not help.
cs_refuse() { cs_die "$cs_ref gave no value for $cs_label: $1"; }

# Stops because none of the programs $1 is there.
cs_absent() {
  cs_help "${cs_ref%%:*}" ''
  if [ -n "$cs_install" ]; then cs_install="${cs_nl}help: install it: $cs_install"; fi
  cs_die "$cs_label needs $1, not found, for $cs_ref$cs_install"
}

# Ends process $1 and all that it started.
cs_end() {
  cs_tree=$(ps -A -o pid= -o ppid= 2>/dev/null | LC_ALL=C awk -v top="$1" '
    { above[$1] = $2 }
    END {
      for (one in above) {
        up = one
        while (up in above && up != top && up + 0 > 1) up = above[up]
        if (up == top) print one
      }
    }')
  for cs_signal in TERM KILL; do
    for cs_one in "$1" $cs_tree; do kill -s "$cs_signal" "$cs_one" || :; done
    if [ "$cs_signal" = TERM ]; then sleep 1; fi
  done
}

# Runs a program that has to be done by cs_until; else it is ended, and all that it started.
cs_limited() {
  cs_seconds=$((cs_until - $(date +%s)))
  if [ "$cs_seconds" -lt 1 ]; then cs_seconds=1; fi
  if timeout --version >/dev/null 2>&1; then
    timeout -k 1 "$cs_seconds" "$@"
    return
  fi
  "$@" &
  cs_child=$!
  (
    trap 'kill "$cs_sleep"; exit' TERM
    sleep "$cs_seconds" &
    cs_sleep=$!
    wait "$cs_sleep"
    trap '' TERM
    cs_end "$cs_child"
  ) >/dev/null 2>&1 &
  cs_watch=$!
  cs_code=0
  { wait "$cs_child" || cs_code=$?; kill "$cs_watch" || :; } 2>/dev/null
  return "$cs_code"
}

# Runs a store's program in the root: sets cs_value to its answer, cs_code to its exit code, and cs_said to
# the last lines it wrote to standard error, without control characters and what looks like a key.
cs_run() {
  cs_end_mark="-- end $$ --"
  cs_value=$(
    cd -- "$cs_root"
    {
      cs_value=$({
        cs_code=0
        cs_limited "$@" </dev/null 2>&3 3>&- || cs_code=$?
        cs_say "$cs_nl$cs_end_mark$cs_code" 2>/dev/null
      } 2>/dev/null | head -c 65600 | LC_ALL=C tr '\000' '\001')
      cs_say "$cs_nl$cs_end_mark$cs_nl$cs_value$cs_nl$cs_end_mark"
    } 3>&1 | LC_ALL=C awk -v mark="$cs_end_mark" -v program="$1" '
      function is_key(w) {
        if (length(w) >= 16 && w ~ /^(sk|pk|rk|hvs|hvb|ghp|gho|ghs|glpat|xox[a-z]|AKIA|ASIA|eyJ)[-_.A-Za-z0-9]/) return 1
        return length(w) >= 32 && w ~ /[0-9]/ && w ~ /[A-Za-z]/ && w !~ /^[0-9a-fA-F]+-[-0-9a-fA-F]+$/
      }
      function shown(s,   o, w) {
        gsub(/\033.[0-9;]*[A-Za-z]/, "", s)
        gsub(/[\001-\037\177]|\302[\200-\237]/, "", s)
        s = substr(s, 1, 300)
        while (match(s, /[A-Za-z0-9_+=.-]+/)) {
          w = substr(s, RSTART, RLENGTH)
          o = o substr(s, 1, RSTART - 1) (is_key(w) ? "[redacted]" : w)
          s = substr(s, RSTART + RLENGTH)
        }
        return o s
      }
      $0 == mark && !inside++ { for (i = said > 5 ? said - 4 : 1; i <= said; i++) print program ": " text[i]; print; next }
      $0 == mark { exit }
      inside { print; next }
      /[^ \t\r]/ { text[++said] = shown($0); delete text[said - 5] }'
  )
  case $cs_value in "$cs_end_mark$cs_nl"*) cs_said= ;; *) cs_said=${cs_value%%"$cs_nl$cs_end_mark$cs_nl"*} ;; esac
  cs_value=${cs_value#*"$cs_end_mark$cs_nl"}
  case $cs_value in *"$cs_nl$cs_end_mark"*) ;; *) cs_refuse "$1 printed more than 64 KiB" ;; esac
  cs_code=${cs_value##*"$cs_nl$cs_end_mark"}
  cs_value=${cs_value%"$cs_nl$cs_end_mark"*}
}

# The same, where anything but success is the end of it.
cs_line() {
  (cd -- "$cs_root" && command -v "$1") >/dev/null 2>&1 || cs_absent "the program $1"
  cs_run "$@"
  [ "$cs_code" = 0 ] && return
  if [ "$cs_code" -ge 124 ] && [ "$(date +%s)" -ge "$cs_until" ]; then cs_fail "$1 took longer than 10 seconds"; fi
  cs_fail "$1 failed (exit $cs_code)"
}

# Sets cs_value to secret $1 from where reference $2 points, through the function and words that follow.
cs_fetch() {
  cs_label=$1 cs_ref=$2 cs_said=''
  cs_until=$(($(date +%s) + 10))
  shift 2
  "$@"
  cs_trim
}
