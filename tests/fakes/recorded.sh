# What every recorded fake shares. A fake is no store: it writes down how it was called, and prints what the
# real program is documented to print. `FAKE` is a folder for both; `FAKE_SAYS` picks the words.
printf '%s\n' "${0##*/}" "$@" >"$FAKE/words"
env >"$FAKE/environment"
pwd >"$FAKE/folder"
case ${FAKE_SAYS:-answer} in
  answer) cat "$FAKE/answer" ;;
  beside) echo "a newer version is there, beside $(cat "$FAKE/answer")" >&2; cat "$FAKE/answer" ;;
  slow) sleep 30 & echo $! >"$FAKE/child"; wait ;;
  *) "$FAKE_SAYS" >&2; exit "$code" ;;
esac
