
# The keyring: service $1, account $2.
cs_keyring() {
  case $(uname) in
    Darwin) cs_line security find-generic-password -s "$1" -a "$2" -w; return ;;
  esac
  command -v secret-tool >/dev/null 2>&1 || cs_absent 'the program secret-tool'
  cs_run secret-tool lookup service "$1" username "$2"
  [ "$cs_code" = 0 ] && [ -n "$cs_value" ] && return
  if [ -n "$cs_said" ]; then cs_fail "secret-tool failed (exit $cs_code)"; fi
  cs_line secret-tool lookup service "$1" account "$2"
}
