#!/bin/sh
# Installs the rivals of the benchmark into ../real/.parts/rivals, once, each at the version named here.
# usage: install.sh [copier|cruft|cargo-generate|kickstart]...   (default: all; the last two are long builds)
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd -P)
rivals=$here/../real/.parts/rivals
mkdir -p "$rivals/bin"

# Python tools get an environment each, so that neither pins the other's libraries.
install_python() {
  name=$1 && shift
  if [ "$(cat "$rivals/$name.version" 2>/dev/null)" != "$*" ]; then
    python3 -m venv "$rivals/$name"
    "$rivals/$name/bin/pip" install --quiet --disable-pip-version-check "$@"
    ln -sf "../$name/bin/$name" "$rivals/bin/$name"
    printf '%s\n' "$*" >"$rivals/$name.version"
  fi
}

# One job at the lowest priority: these builds must not disturb whoever works beside them.
install_crate() {
  nice -n 19 cargo install --quiet --locked --jobs 1 --root "$rivals" "$@"
}

[ $# -gt 0 ] || set -- copier cruft cargo-generate kickstart
for rival; do
  case $rival in
    copier) install_python copier copier==9.19.1 ;;
    cruft) install_python cruft cruft==2.16.0 cookiecutter==2.7.1 ;;
    cargo-generate) install_crate cargo-generate@0.23.5 ;;
    kickstart) install_crate kickstart@0.6.0 --features cli ;;
    *) echo "install: unknown rival $rival" >&2; exit 2 ;;
  esac
done
