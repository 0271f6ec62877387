
# Vault: field $2 of the entry at path $1.
cs_vault() {
  for cs_name in vault bao; do
    if command -v "$cs_name" >/dev/null 2>&1; then
      cs_line "$cs_name" kv get "-field=$2" "$1"
      return
    fi
  done
  command -v curl >/dev/null 2>&1 || cs_absent 'one of the programs vault, bao and curl'
  cs_vault_place
  cs_vault_get "sys/internal/ui/mounts/$1"
  cs_mount=${1%%/*} cs_kind=2
  if [ "$cs_code" = 200 ]; then
    cs_answer=$cs_value
    if cs_pick "$cs_answer" data path; then cs_mount=${cs_value%/}; fi
    if cs_pick "$cs_answer" data options version; then cs_kind=$cs_value; else cs_kind=1; fi
  fi
  cs_rest=${1#"$cs_mount"/}
  if [ "$cs_kind" = 2 ]; then
    cs_vault_get "$cs_mount/data/$cs_rest"
    set -- "$1" "$2" data data
  else
    cs_vault_get "$cs_mount/$cs_rest"
    set -- "$1" "$2" data
  fi
  case $cs_code in
    200) ;;
    404) cs_fail 'no value found at that path, or its newest version is deleted (404)' ;;
    403) cs_fail 'permission denied (403)' ;;
    503) cs_fail 'Vault is sealed, or stands by (503)' ;;
    30?) cs_refuse "VAULT_ADDR leads to another address ($cs_code), which is not followed" ;;
    *) cs_fail "Vault answered with $cs_code" ;;
  esac
  cs_wanted=$2
  cs_answer=$cs_value
  shift 2
  cs_pick "$cs_answer" "$@" "$cs_wanted" || cs_refuse "it has no text field $cs_wanted; there is: ${cs_names:-nothing}"
  cs_answer=
}

# Finds server and token.
cs_vault_place() {
  cs_address=${VAULT_ADDR:-}
  while [ "$cs_address" != "${cs_address%/}" ]; do cs_address=${cs_address%/}; done
  cs_host=${cs_address#*://}
  cs_host=${cs_host%%/*}
  case $cs_host in '['*) cs_host=${cs_host%%]*}] ;; *) cs_host=${cs_host%%:*} ;; esac
  cs_protocol='=https'
  case $cs_address in
    '') cs_refuse 'there is neither vault nor bao, and VAULT_ADDR, the address to ask without them, is not set' ;;
    *[!][A-Za-z0-9._~:/%-]*) cs_refuse 'VAULT_ADDR holds a character that no address of a Vault has' ;;
    https://?*) ;;
    http://*)
      case $cs_host in
        localhost | '[::1]') ;;
        *[!0-9.]*) cs_refuse 'VAULT_ADDR is not https, so the token would travel in plain text: set one that is' ;;
        127.*) ;;
        *) cs_refuse 'VAULT_ADDR is not https, so the token would travel in plain text: set one that is' ;;
      esac
      cs_protocol='=http' ;;
    *) cs_refuse 'VAULT_ADDR must start with https://' ;;
  esac
  cs_token=${VAULT_TOKEN:-}
  if [ -z "$cs_token" ] && [ -r "${HOME:-}/.vault-token" ]; then
    IFS= read -r cs_token <"$HOME/.vault-token" || :
  fi
  if [ -z "$cs_token" ]; then cs_fail 'missing client token: neither VAULT_TOKEN nor ~/.vault-token has one'; fi
  cs_value=$cs_token
  cs_check 'the token of Vault' '!' 'VAULT_TOKEN or ~/.vault-token'
  case $cs_token in *[\"\\]*) cs_refuse 'the token of Vault holds a quote or a backslash' ;; esac
  case ${VAULT_NAMESPACE:-} in *[!A-Za-z0-9._/-]*) cs_refuse 'VAULT_NAMESPACE is no name of a namespace' ;; esac
}

# Asks Vault for $1: sets cs_value to the answer and cs_code to its status. The token goes through standard input.
cs_vault_get() {
  cs_seconds=$((cs_until - $(date +%s)))
  if [ "$cs_seconds" -lt 1 ]; then cs_fail 'Vault took longer than 10 seconds'; fi
  cs_url=$cs_address/v1/$(cs_say "$1" | LC_ALL=C awk '
    BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = sprintf("%%%02X", i) }
    { for (i = 1; i <= length($0); i++) { c = substr($0, i, 1); o = o (c ~ /[A-Za-z0-9._~\/-]/ ? c : code[c]) } }
    END { print o }')
  cs_value=$({
    cs_say "header = \"X-Vault-Token: $cs_token\""
    cs_say 'header = "X-Vault-Request: true"'
    if [ -n "${VAULT_NAMESPACE:-}" ]; then cs_say "header = \"X-Vault-Namespace: $VAULT_NAMESPACE\""; fi
  } | {
    set -- --silent --globoff --max-redirs 0 --proto "$cs_protocol" --max-time "$cs_seconds"
    if [ "$cs_protocol" = '=http' ]; then set -- "$@" --noproxy '*'; fi
    if [ -n "${VAULT_CACERT:-}" ]; then set -- "$@" --cacert "$VAULT_CACERT"; fi
    curl --disable --config - "$@" --write-out '\n%{http_code}' -- "$cs_url" 2>/dev/null || cs_say "${cs_nl}curl $?"
  } | head -c 65600 | LC_ALL=C tr '\000' '\001')
  cs_code=${cs_value##*"$cs_nl"}
  cs_value=${cs_value%"$cs_nl"*}
  case $cs_code in
    'curl 28') cs_fail 'Vault took longer than 10 seconds' ;;
    'curl 60' | 'curl 77') cs_refuse "the certificate of $cs_address is not trusted: set VAULT_CACERT to its issuer's" ;;
    curl*) cs_fail "connection refused, or no such host, at $cs_address ($cs_code)" ;;
    [1-5][0-9][0-9]) ;;
    *) cs_refuse 'Vault answered with more than 64 KiB' ;;
  esac
}
