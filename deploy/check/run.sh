#!/usr/bin/env bash
# Lints the Dockerfile, verifies the systemd unit where this machine has systemd, renders the Helm chart in several ways and
# validates what comes out. Installs what it needs from PyPI into one folder, by default target/deploy-check;
# SCIM_CONNECTOR_DEPLOY_CHECK names another.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly lists=deploy/check/requirements.txt
readonly tools="${SCIM_CONNECTOR_DEPLOY_CHECK:-$PWD/target/deploy-check}"
if ! cmp --silent "$lists" "$tools/installed.txt"; then
  rm -rf "$tools"
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$lists"
  cp "$lists" "$tools/installed.txt"
fi

"$tools/bin/hadolint" Dockerfile
echo 'the Dockerfile is sound'

if command -v systemd-analyze > /dev/null; then
  # The program that it starts need not be installed here.
  unit="$(mktemp -d)/scim-connector.service"
  trap 'rm -rf "$(dirname "$unit")"' EXIT
  sed "s|^ExecStart=[^ ]*|ExecStart=$(command -v true)|" deploy/scim-connector.service > "$unit"
  systemd-analyze verify --man=no "$unit"
  echo 'the systemd unit is sound'
else
  echo 'the systemd unit was NOT verified: this machine has no systemd'
fi

"$tools/bin/yamllint" --strict --config-file deploy/check/yamllint.yaml deploy/helm/scim-connector/{Chart,values}.yaml
"$tools/bin/python" deploy/check/chart.py
