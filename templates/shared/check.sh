cs_trim() {
  cs_value=${cs_value#"${cs_value%%[![:space:]]*}"}
  cs_value=${cs_value%"${cs_value##*[![:space:]]}"}
}

# Refuses cs_value, which comes from $3, as $1 unless it is one line of the characters from $2 to ~.
cs_check() {
  case $cs_value in
    '') cs_die "$1 is empty: fix it in $3" ;;
    [[ placeholder.key | sh ]]) cs_die "$1 is still the placeholder: put your own in $3" ;;
    *"$cs_nl"*) cs_die "$1 is more than one line: fix it in $3" ;;
    '{'*'}') [ "$2" = ' ' ] || cs_die "$1 is a JSON object, not a key: fix it in $3" ;;
  esac
  [ "${#cs_value}" -le 8192 ] || cs_die "$1 is longer than 8 KiB: fix it in $3"
  if cs_say "$cs_value" | LC_ALL=C grep -q "[^$2-~]"; then
    cs_die "$1 holds a character that no key has, such as a blank or a control character: fix it in $3"
  fi
}
