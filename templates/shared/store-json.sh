
# A store of texts: field $1 of the JSON object that the program prints, or all it prints where $1 is empty.
cs_json() {
  cs_wanted=$1
  shift
  cs_line "$@"
  cs_trim
  if [ -n "$cs_wanted" ]; then cs_field "$cs_wanted"; return; fi
  case $cs_value in
    None) cs_refuse 'the secret holds no text: put the key there as one' ;;
    '{'*'}')
      cs_pick "$cs_value" '#' || :
      cs_refuse "it is a JSON object; name its field: $cs_ref#NAME${cs_names:+, where NAME is one of: $cs_names}" ;;
  esac
}
