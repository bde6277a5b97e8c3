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

# An unknown option is only a warning to systemd. What it says of the machine's own units is not of interest.
verify() {
  local said status=0
  said="$(systemd-analyze verify --man=no "$1" 2>&1)" || status=$?
  if ((status)) || grep --quiet scim-connector <<< "$said"; then
    echo "$said"
    return 1
  fi
}

if command -v systemd-analyze > /dev/null; then
  units="$(mktemp -d)"
  trap 'rm -rf "$units"' EXIT
  # The program that they start need not be installed here.
  start="s|^ExecStart=[^ ]\+|ExecStart=$(command -v true)|"
  sed "$start" deploy/scim-connector.service > "$units/scim-connector.service"
  verify "$units/scim-connector.service"
  mkdir "$units/scim-connector.service.d"
  sed "$start" deploy/tls.conf > "$units/scim-connector.service.d/tls.conf"
  verify "$units/scim-connector.service"
  echo 'the systemd unit is sound, with TLS and without'
else
  echo 'the systemd unit was NOT verified: this machine has no systemd'
fi

"$tools/bin/yamllint" --strict --config-file deploy/check/yamllint.yaml deploy/helm/scim-connector/{Chart,values}.yaml
"$tools/bin/python" deploy/check/chart.py
