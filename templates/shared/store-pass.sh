
# pass: the first line of an entry is the password.
cs_pass() {
  cs_line "$@"
  cs_value=${cs_value%%"$cs_nl"*}
}
