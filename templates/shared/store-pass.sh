
# pass: the first line of an entry is the password, and of a folder its own name.
cs_pass() {
  cs_line "$@"
  cs_value=${cs_value%%"$cs_nl"*}
  if [ "$cs_value" = "$3" ]; then cs_refuse 'it is a folder of the password store: name an entry below it'; fi
}
