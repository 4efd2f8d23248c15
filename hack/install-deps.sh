#!/bin/sh
# Installs what the project needs on this machine, or says in one message exactly what is missing. Debian packages are
# installed when there is apt-get and the user is root. In shell, because Node.js may be what is missing.
#
#   install-deps.sh node      Node.js and npm alone: lint and unit tests need no more
#   install-deps.sh           what the tests need
#   install-deps.sh cluster   and what a cluster with nodes needs beyond that
set -eu
level=${1:-tests}

missing=''
miss() {
  missing="$missing  - $1
"
}

# at_least HAVE WANTED: whether the version HAVE is WANTED or newer.
at_least() {
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# check_version NAME WANTED HAVE: HAVE is empty when the program is not there.
check_version() {
  if [ -z "$3" ]; then miss "$1 $2 or newer on PATH"
  elif ! at_least "$3" "$2"; then miss "$1 $2 or newer on PATH; this is $3"
  fi
}

check_version Node.js 20.19 "$(node --version 2>/dev/null | sed 's/^v//')"
check_version npm 9 "$(npm --version 2>/dev/null)"

# Debian package, what it is known by (a program, or a file), and what it is for.
packages='
containerd containerd containers of the test cluster
runc runc containers of the test cluster
containernetworking-plugins /usr/lib/cni/bridge pod network of the test cluster
iptables iptables Services of the test cluster
conntrack conntrack Services of the test cluster
iproute2 ip network namespaces of the test cluster
util-linux nsenter programs in the network namespaces
procps sysctl settings of the network namespaces
mount mount volumes of pods
mmdebstrap mmdebstrap root file system of the images
debian-archive-keyring /usr/share/keyrings/debian-archive-keyring.gpg root file system of the images
buildah buildah images without a registry
ca-certificates /etc/ssl/certs/ca-certificates.crt downloads of Go modules
openssl openssl certificates of the test cluster
bind9-dnsutils dig questions of the demo and the end-to-end suites
curl curl counters of the upstream in the end-to-end suites
'

is_there() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# Prints the lines of the packages that are not there.
absent() {
  printf '%s' "$packages" | while read -r package mark purpose; do
    if [ -n "$package" ] && ! is_there "$mark"; then echo "$package $mark $purpose"; fi
  done
}

install() {
  echo "Installing Debian packages: $*"
  log=$(mktemp)
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
    >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
}

# The images are made from the Debian mirror of this machine (e2e/images/rootfs.ts).
has_mirror() {
  [ -n "${DNSFLEET_DEBIAN_MIRROR:-}" ] ||
    grep -rqsE --include='*.list' --include='*.sources' '^(URIs:|deb) .*https?://[^ ]+/debian/?( |$)' /etc/apt
}

if [ "$level" != node ]; then
  check_version Go 1.24 "$(go env GOVERSION 2>/dev/null | sed 's/^go//')"
  if [ "$(uname -s)" != Linux ]; then
    miss 'Linux: the test cluster is made of its network namespaces'
  else
    names=$(absent | cut -d ' ' -f 1 | tr '\n' ' ')
    if [ -n "$names" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      # shellcheck disable=SC2086 # one word for each package
      install $names
    fi
    lines=$(absent | sed -E 's/^([^ ]+) ([^ ]+) (.*)$/  - \2, for the \3 (Debian package \1)/')
    if [ -n "$lines" ]; then
      missing="$missing$lines
"
    fi
    has_mirror || miss 'DNSFLEET_DEBIAN_MIRROR, the URL of a Debian mirror: the apt sources of this machine name none'
  fi
fi

if [ "$level" = cluster ]; then
  if [ "$(id -u)" != 0 ]; then miss 'root: a cluster with nodes needs it'
  elif [ ! -e /proc/sys/net/bridge ] && ! modprobe br_netfilter 2>/dev/null; then
    miss 'the kernel module br_netfilter: Services of the test cluster'
  fi
fi

if [ -n "$missing" ]; then
  printf 'These are missing:\n%s' "$missing" >&2
  exit 1
fi
