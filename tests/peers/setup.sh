#!/usr/bin/env bash
# Installs the programs that the tests in this folder run against: SCIM servers, a tester of them and an OAuth 2 server from
# PyPI; further SCIM servers, the platform's SDK and newman from npm. Everything lands in one folder, by default
# target/peers; SCIM_CONNECTOR_PEERS names another. A part whose list of packages has not changed since is left as it is,
# so it costs nothing to run this again.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
peers="${SCIM_CONNECTOR_PEERS:-$here/../../target/peers}"
mkdir -p "$peers"

# Whether part $1 was installed from just what its lists, the other arguments, say.
is_installed() {
  local stamp="$peers/$1.stamp"
  shift
  [[ -f "$stamp" ]] && [[ "$(cat "$@" | sha256sum)" == "$(cat "$stamp")" ]]
}

mark_installed() {
  local stamp="$peers/$1.stamp"
  shift
  cat "$@" | sha256sum > "$stamp"
}

python_lists=("$here/requirements.txt")
if ! is_installed python "${python_lists[@]}"; then
  echo "installing SCIM servers, a tester of them and an OAuth 2 server from PyPI into $peers/python"
  rm -rf "$peers/python"
  python3 -m venv "$peers/python"
  "$peers/python/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$here/requirements.txt"
  mark_installed python "${python_lists[@]}"
fi

npm_lists=("$here/package.json" "$here/package-lock.json")
if ! is_installed npm "${npm_lists[@]}"; then
  echo "installing SCIM servers, the platform's SDK and newman from npm into $peers/npm"
  rm -rf "$peers/npm"
  mkdir -p "$peers/npm"
  cp "${npm_lists[@]}" "$peers/npm/"
  (cd "$peers/npm" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  mark_installed npm "${npm_lists[@]}"
fi

echo "the peers are ready in $peers"
