
# Sets cs_value to the text at the keys $2… of the JSON text $1, or cs_names to the names that stand there instead.
cs_pick() {
  cs_text=$1
  shift
  cs_path=
  for cs_name; do cs_path=$cs_path$cs_nl$cs_name; done
  cs_value=$(cs_say "$cs_text" | CS_PATH=${cs_path#?} LC_ALL=C awk "$cs_json"'
    function above(n,   i) {
      for (i = 1; i <= n; i++) if (kind[i] != "{" || (i < n && key[i] != path[i])) return 0
      return 1
    }
    function opens(c) { if (depth == size && above(size) && key[size] == path[size]) found = 0 }
    function named(v) { if (depth == size && above(size)) names = names (names == "" ? "" : ", ") v }
    function scalar(type, v) {
      if (depth != size || !above(size) || key[size] != path[size]) return
      found = type == "string"
      value = v
    }
    BEGIN { size = split(ENVIRON["CS_PATH"], path, "\n") }
    END {
      if (found) print "=" value
      else { gsub(/[\001-\037\177]/, "?", names); print "?" names }
    }') || cs_value='?'
  cs_text='' cs_names=''
  case $cs_value in
    =*) cs_value=${cs_value#=} ;;
    *) cs_names=${cs_value#?}; cs_value=''; return 1 ;;
  esac
}

# Sets cs_value to field $1 of the JSON object in cs_value.
cs_field() {
  cs_wanted=$1
  case $cs_value in *'{'*) ;; *) cs_refuse "it is no JSON object, so it has no field $cs_wanted: leave #$cs_wanted out" ;; esac
  cs_pick "$cs_value" "$cs_wanted" || cs_refuse "it has no text field $cs_wanted; there is: ${cs_names:-nothing}"
}
