    function hex(s,   i, n) {
      for (i = 1; i <= 4; i++) n = n * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
      return n
    }
    function utf8(n) {
      if (n == 0 || (n >= 55296 && n < 57344)) n = 65533
      if (n < 128) return sprintf("%c", n)
      if (n < 2048) return sprintf("%c%c", 192 + int(n / 64), 128 + n % 64)
      if (n < 65536) return sprintf("%c%c%c", 224 + int(n / 4096), 128 + int(n / 64) % 64, 128 + n % 64)
      return sprintf("%c%c%c%c", 240 + int(n / 262144), 128 + int(n / 4096) % 64, 128 + int(n / 64) % 64, 128 + n % 64)
    }
    function decode(s,   i, c, n, low, o) {
      while (i = index(s, "\\")) {
        c = substr(s, i + 1, 1)
        o = o substr(s, 1, i - 1)
        s = substr(s, i + 2)
        if (c == "n") o = o "\n"
        else if (c == "t") o = o "\t"
        else if (c == "r") o = o "\r"
        else if (c == "b") o = o "\b"
        else if (c == "f") o = o "\f"
        else if (c == "u") {
          n = hex(s)
          s = substr(s, 5)
          if (n >= 55296 && n < 56320 && s ~ /^\\u[dD][c-fC-F]/) {
            low = hex(substr(s, 3))
            n = 65536 + (n - 55296) * 1024 + low - 56320
            s = substr(s, 7)
          }
          o = o utf8(n)
        } else o = o c
      }
      return o s
    }
    function bad() { broken = 1; exit 1 }
    function single(type, v) {
      if (!depth) bad()
      scalar(type, v)
      want = "next"
    }
    function open(c) {
      if (depth == 0 && c != "{") bad()
      opens(c)
      kind[++depth] = c
      key[depth] = ""
      want = c == "{" ? "first key" : "first value"
    }
    function string(v) {
      if (want == "key" || want == "first key") { key[depth] = v; named(v); want = "colon" }
      else if (want == "value" || want == "first value") single("string", v)
      else bad()
    }
    BEGIN { want = "value" }
    NR == 1 { sub(/^\357\273\277/, "") }
    {
      rest = $0
      while (sub(/^[ \t\r]+/, "", rest) || rest != "") {
        if (rest == "") break
        c = substr(rest, 1, 1)
        used = 1
        if (c == "\"") {
          if (!match(rest, /^"([^"\\\001-\037]|\\(["\\\/bfnrt]|u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]))*"/)) bad()
          used = RLENGTH
          string(decode(substr(rest, 2, used - 2)))
        } else if (c == "{" || c == "[") {
          if (want != "value" && want != "first value") bad()
          open(c)
        } else if (c == "}" || c == "]") {
          if (want != "next" && want != (c == "}" ? "first key" : "first value")) bad()
          if (kind[depth] != (c == "}" ? "{" : "[")) bad()
          want = --depth ? "next" : "end"
        } else if (c == ":" && want == "colon") want = "value"
        else if (c == "," && want == "next") want = kind[depth] == "{" ? "key" : "value"
        else {
          if (want != "value" && want != "first value") bad()
          if (!match(rest, /^(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null)/)) bad()
          used = RLENGTH
          c = substr(rest, 1, used)
          single(c == "null" ? c : "other", c)
        }
        rest = substr(rest, used + 1)
      }
    }
    END {
      if (broken) exit 1
      if (want != "end" && NR > 0) exit 1
    }
