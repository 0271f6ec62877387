# What the stand-ins of gh and glab share. A stand-in is no forge: it writes down how it was called, keeps merge
# requests as one file each, and answers as the real program prints a forge's answers. `FAKE` is a folder for all of it;
# each line of `FAKE/faults` is what goes wrong with one further call.
program=${0##*/}
mkdir -p "$FAKE/requests"
env >"$FAKE/environment"
pwd >"$FAKE/folder"
[ "$1" = api ] || exit 64
shift
body=
while [ $# -gt 0 ]; do
  case $1 in
    --hostname) host=$2; shift ;;
    -X) method=$2; shift ;;
    -H) header=$2; shift ;;
    --input) body=$(cat); shift ;;
    -i) headers=yes ;;
    *) endpoint=$1 ;;
  esac
  shift
done
printf '%s %s %s %s\n' "$program" "$host" "$method" "$endpoint" >>"$FAKE/calls"
[ -z "$body" ] || printf '  %s\n' "$body" >>"$FAKE/calls"
[ "$headers" = yes ] || exit 64
[ -z "$body" ] || [ "$header" = 'Content-Type: application/json' ] || exit 64

fault=
if [ -s "$FAKE/faults" ]; then
  fault=$(head -n 1 "$FAKE/faults")
  sed 1d "$FAKE/faults" >"$FAKE/faults.rest"
  mv "$FAKE/faults.rest" "$FAKE/faults"
fi
# STATUS HEADER BODY
answer() {
  printf 'HTTP/2.0 %s\nContent-Type: application/json; charset=utf-8\r\n%s\r\n\r\n%s' "$1" "$2" "$3"
  case $1 in
    2*) exit 0 ;;
    *) echo "$program: something went wrong (HTTP ${1%% *})" >&2; exit 1 ;;
  esac
}
refuse() { answer "$1" "${3:-X-Nothing: at all}" "{\"message\":\"$2\"}"; }
case $fault in
  301*) refuse '301 Moved Permanently' 'Moved Permanently' ;;
  401*) refuse '401 Unauthorized' 'Bad credentials' ;;
  403*) refuse '403 Forbidden' 'Resource not accessible by personal access token' ;;
  404*) refuse '404 Not Found' 'Not Found' ;;
  422*) refuse '422 Unprocessable Entity' 'No commits between main and claude-scaffold' ;;
  429*) refuse '429 Too Many Requests' 'slow down' "Retry-After: ${fault#* }" ;;
  often*) refuse '403 Forbidden' 'You have exceeded a secondary rate limit' ;;
  limited*) refuse '403 Forbidden' 'API rate limit exceeded' "X-RateLimit-Remaining: 0
X-RateLimit-Reset: ${fault#* }" ;;
  500*) refuse '502 Bad Gateway' 'Server Error' ;;
  page*) printf '<html>Log in</html>'; exit 0 ;;
  offline*) echo "error connecting to $host" >&2; exit 1 ;;
  leak*) echo "fatal: https://u:${fault#* }@$host refused" >&2; exit 1 ;;
  stranger*) echo "To get started, please run:  $program auth login" >&2; exit 4 ;;
  hang*) sleep 30 & echo $! >"$FAKE/child"; wait ;;
esac

next() { ls "$FAKE/requests" | wc -l | tr -d ' ' | { read -r count; echo $((count + 1)); }; }
# All of them as a list.
list() {
  items=
  for file in "$FAKE"/requests/*; do
    [ -f "$file" ] && items="$items,$(cat "$file")"
  done
  answer '200 OK' 'X-RateLimit-Remaining: 4000' "[${items#,}]"
}
# Keeps a request, and answers with it; the answer may be lost on the way.
keep() {
  printf '%s' "$2" >"$FAKE/requests/$1"
  [ "$fault" = lost ] && refuse '502 Bad Gateway' 'Server Error'
  answer "$3" 'X-Nothing: at all' "$2"
}
# Adds members to one that is kept; of two with one name the last one counts.
change() {
  file="$FAKE/requests/$1"
  item=$(cat "$file")
  keep "$1" "${item%\}},${2#\{}" '200 OK'
}
# The labels that a request has, each followed by a comma.
labels() { sed -e '/"labels":/!d' -e 's/.*"labels":\[\([^]]*\)\].*/\1,/' -e 's/^,$//' "$FAKE/requests/$1"; }
