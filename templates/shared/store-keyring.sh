
# The keyring: service $1, account $2.
cs_keyring() {
  case $(uname) in
    Darwin) cs_line security find-generic-password -s "$1" -a "$2" -w; return ;;
  esac
  command -v secret-tool >/dev/null 2>&1 || cs_absent 'the program secret-tool'
  for cs_name in username account; do
    cs_run secret-tool lookup service "$1" "$cs_name" "$2"
    [ "$cs_code" = 0 ] && [ -n "$cs_value" ] && return
    if [ -n "$cs_said" ] || [ "$cs_code" -gt 1 ]; then cs_failed secret-tool; fi
  done
  # It says of an item that is locked what it says of one that is not there: nothing.
  cs_fail 'there is no such item, or the keyring is locked'
}
