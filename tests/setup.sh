#!/bin/bash
# The programs that some tests talk to: a browser, an IMAP server, Postgres. As root on Debian they are installed where
# they are missing; otherwise the tests that need them skip, and say why.
set -uo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] || missing+=(dovecot-imapd)
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)

[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed: ${missing[*]}. The tests that need them are skipped."
    exit 0
fi
echo "Installing ${missing[*]} for the tests …"
export DEBIAN_FRONTEND=noninteractive
install_all() { apt-get install -y -qq --no-install-recommends "${missing[@]}"; }
if ! { install_all || { apt-get update -qq && install_all; }; } >/tmp/aios-test-setup.log 2>&1; then
    echo "That failed (see /tmp/aios-test-setup.log). The tests that need them are skipped."
fi
exit 0
