# To be sourced. `fetched COMMAND…` runs a download, and tries it three times before it has failed.
fetched() {
  local attempt
  for attempt in 1 2 3; do
    "$@" && return 0
    echo "attempt $attempt failed: $*" >&2
    sleep $((attempt * 5))
  done
  return 1
}
