#!/usr/bin/env bash
# Install the system packages that the whole test suite uses: Dovecot (a real mail server) and Chromium.
# Instant when they are there. Needs root and apt-get; elsewhere it says what to install and lets the tests decide.
set -euo pipefail

missing=()
[ -x /usr/sbin/dovecot ] || missing+=(dovecot-imapd)
[ -e /usr/lib/dovecot/lmtp ] || missing+=(dovecot-lmtpd)
command -v chromium >/dev/null || missing+=(chromium)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "These programs are missing, and only root on Debian or Ubuntu can have them installed here: ${missing[*]}." >&2
  exit 0
fi

# Debian starts a server as soon as it is installed. The tests run one of their own, so nothing may start by itself:
# policy-rc.d is Debian's way of saying so. One that was there before is left as it was.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi

log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
  tail -n 30 "$log" >&2
  echo "apt-get could not install ${missing[*]}; its whole output is in $log." >&2
  exit 1
fi
rm -f "$log"
echo "Installed ${missing[*]}."
