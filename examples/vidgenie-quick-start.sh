#!/usr/bin/env bash
# The quick start of VidGenie in one go: register, verify the e-mail address, log in, mint an API key, render, download.
#
#   examples/vidgenie-quick-start.sh http://127.0.0.1:8080 .data
#
# The second argument is the server's DATA_DIR. Without SMTP_URL the server writes each mail into DATA_DIR/mail, where this script reads the
# token. With SMTP the token is in your mailbox: pass it as VERIFICATION_TOKEN in a second run with the same GENIE_USERNAME.
# Needs bash, curl and node.
set -euo pipefail

api="${1:-http://127.0.0.1:8080}"
data_dir="${2:-.data}"
username="${GENIE_USERNAME:-you-$(date +%s)}"
email="${GENIE_EMAIL:-$username@example.com}"
password="${GENIE_PASSWORD:-correct horse battery staple}"
film="${FILM:-vidgenie-quick-start.mp4}"

# field NAME.NAME: that field of the JSON on standard input; fails with the answer where it is not there.
field() {
  node -e '
    const text = require("node:fs").readFileSync(0, "utf8");
    const value = process.argv[1].split(".").reduce((at, name) => at?.[name], JSON.parse(text));
    if (value === undefined || value === null) { console.error(text); process.exit(1); }
    console.log(value);
  ' "$1"
}

post() {
  local method="$1" body="$2"
  shift 2
  curl -sS -X POST "$api/api/v1/$method" -H 'Content-Type: application/json' "$@" -d "$body"
}

if [ -z "${VERIFICATION_TOKEN:-}" ]; then
  echo "1. register $username"
  post account.register "{ \"username\": \"$username\", \"email\": \"$email\", \"password\": \"$password\" }" | field data.account.id >/dev/null
  VERIFICATION_TOKEN="$(grep -l -i "^to: $email" "$data_dir"/mail/*.eml 2>/dev/null | sort | tail -n 1 | xargs -r grep -o -m 1 '^vg_ev_[A-Za-z0-9]*$' || true)"
  if [ -z "$VERIFICATION_TOKEN" ]; then
    echo "The token is in the mail to $email. Go on with: GENIE_USERNAME=$username VERIFICATION_TOKEN=... $0 $api $data_dir"
    exit 0
  fi
fi

echo '2. verify the e-mail address'
post account.verify_email "{ \"token\": \"$VERIFICATION_TOKEN\" }" | field data.account.status

echo '3. log in'
access_token="$(post account.login "{ \"username\": \"$username\", \"password\": \"$password\" }" | field data.access_token)"

echo '4. mint an API key'
key="$(post apikey.create '{ "name": "laptop" }' -H "Authorization: Bearer $access_token" | field data.api_key.plaintext)"

echo '5. render'
render="$(post render.create '{
  "timeline": { "background": "#101418", "tracks": [] },
  "output": { "format": "mp4", "resolution": "1080p", "fps": 30 }
}' -H "x-api-key: $key" | field data.id)"

status=queued
while [ "$status" != done ]; do
  answer="$(post render.get "{ \"id\": \"$render\", \"wait\": 30 }" -H "x-api-key: $key")"
  status="$(field data.status <<<"$answer")"
  echo "   $status"
  case "$status" in failed | cancelled) echo "$answer" >&2; exit 1 ;; esac
done
curl -sS -o "$film" "$(field data.url <<<"$answer")"
echo "$film"
