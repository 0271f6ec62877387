    function unescape(s,   i, c, o) {
      for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c != "\\") { o = o c; continue }
        c = substr(s, ++i, 1)
        if (c == "n") o = o "\n"
        else if (c == "r") o = o "\r"
        else if (c == "t") o = o "\t"
        else if (index("\"\\$`", c) && c != "") o = o c
        else o = o "\\" c
      }
      return o
    }
    function closing(s, q,   i, c) {
      for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c == "\\" && q == "\"") i++
        else if (c == q) return i
      }
      return 0
    }
    function keep(v) { value[name] = v; line[name] = start }
    function quoted(   end) {
      if (!(end = closing(text, quote))) return
      text = substr(text, 1, end - 1)
      keep(quote == "\"" ? unescape(text) : text)
      quote = ""
    }
    NR == 1 { sub(/^\357\273\277/, "") }
    { sub(/\r$/, "") }
    quote != "" { text = text "\n" $0; quoted(); next }
    {
      sub(/^[ \t]*(export[ \t]+)?/, "")
      if (!match($0, /^[A-Za-z_][A-Za-z0-9_]*[ \t]*=/)) next
      name = substr($0, 1, RLENGTH - 1)
      sub(/[ \t]+$/, "", name)
      start = NR
      text = substr($0, RLENGTH + 1)
      if (text ~ /^[ \t]+#/) text = ""
      sub(/^[ \t]+/, "", text)
      quote = substr(text, 1, 1)
      if (quote == "\"" || quote == "\047") { text = substr(text, 2); quoted(); next }
      quote = ""
      sub(/[ \t]+#.*$/, "", text)
      sub(/[ \t]+$/, "", text)
      keep(text)
    }
    END { if (quote != "") { print start; exit 1 } }
