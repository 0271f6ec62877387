# What may hold a key leaves the environment, so that no program below sees it; cs_of_NAME keeps it.
cs_hidden="ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_CUSTOM_HEADERS OPENAI_API_KEY GATEWAY_TOKEN[% for name in hidden.names %] [[ name ]][% endfor %]"
cs_rest=$(export -p)
while :; do
  case $cs_rest in *HEADER_*) ;; *) break ;; esac
  cs_rest=${cs_rest#*HEADER_}
  cs_hidden="$cs_hidden HEADER_${cs_rest%%[!A-Za-z0-9_]*}"
done
for cs_name in $cs_hidden; do
  eval "if [ -n \"\${$cs_name+x}\" ]; then cs_of_$cs_name=\$$cs_name; unset $cs_name; fi"
done
cs_rest=

cs_nl='
'
# A key is no argument of a program, and not every shell has a printf of its own.
case $(command -v printf) in
  */*) cs_say() { print -r -- "$1"; } ;;
  *) cs_say() { printf '%s\n' "$1"; } ;;
esac
