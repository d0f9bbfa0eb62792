#!/usr/bin/env bash
# Makes the two images that deploy/Dockerfile starts from, where no container registry is in reach: out of Debian's packages
# and the npm packages of Node and npm. They stand in for node:24-bookworm-slim and distroless/cc-debian12.
#
#   deploy/base-images.sh        -> localhost/proxmox-mcp/build-base, localhost/proxmox-mcp/run-base
#
# Needs root, buildah, dpkg, and npm. Takes the release of Debian that this machine runs.
set -euo pipefail
. "$(dirname "$0")/../scripts/fetched.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

arch=$(node -p process.arch)
shared=(base-files netbase tzdata ca-certificates libc6 libgcc-s1 libstdc++6)
mkdir "$work/debs" "$work/npm" "$work/run" "$work/build"

cd "$work/debs"
fetched apt-get download -q -o APT::Sandbox::User=root "${shared[@]}" busybox-static
cd "$work/npm"
fetched npm pack --silent "node-linux-$arch@24" npm@11 >/dev/null

for root in "$work/run" "$work/build"; do
  for name in "${shared[@]}"; do dpkg-deb -x "$work/debs/${name}"_*.deb "$root"; done
  mkdir -p "$root/etc/ssl/certs" "$root/home/nonroot" "$root/tmp" "$root/root"
  chmod 1777 "$root/tmp"
  chown 65532:65532 "$root/home/nonroot"
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
  find "$root/usr/share/ca-certificates" -name '*.crt' -exec cat {} + >"$root/etc/ssl/certs/ca-certificates.crt"
done

# To build, there are a shell with the usual commands, Node and npm beside it, and the certificates that this machine trusts.
build=$work/build
dpkg-deb -x "$work/debs/"busybox-static_*.deb "$build"
chroot "$build" /bin/busybox mkdir -p /bin /usr/bin /usr/sbin /sbin
chroot "$build" /bin/busybox --install -s
mkdir -p "$build/usr/local/bin" "$build/usr/local/lib/node_modules/npm"
tar -xzf "$work/npm"/node-linux-*.tgz -C "$build/usr/local" --strip-components=1 package/bin/node
tar -xzf "$work/npm"/npm-*.tgz -C "$build/usr/local/lib/node_modules/npm" --strip-components=1
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$build/usr/local/bin/npm"
cp /etc/ssl/certs/ca-certificates.crt "$build/etc/ssl/certs/ca-certificates.crt"

image() {
  local name=$1 root=$2 container
  shift 2
  container=$(buildah from --quiet scratch)
  buildah add --quiet "$container" "$root" / >/dev/null
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" "$container"
  buildah commit --quiet --rm "$container" "localhost/proxmox-mcp/$name" >/dev/null
  echo "localhost/proxmox-mcp/$name"
}
image run-base "$work/run" --user 65532
image build-base "$work/build" --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
