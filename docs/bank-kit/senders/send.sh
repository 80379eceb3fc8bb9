#!/bin/sh
# Sends one signed message. Needs openssl 3, curl, od and base64.
#
#   sh send.sh <address> <bank-id> <algorithm> <key-file> <path> [webhook-id] < body.json
#
# algorithm: hmac (file holds whsec_...), ed25519 or sm2 (file holds a PEM private key).
# path: flows, self-test or heartbeat. With - as address the signature is printed and nothing is sent
# (WEBHOOK_TIMESTAMP may then fix the time). With hmac the secret stands for a moment in the process list:
# on a machine that others use, prefer a public key.
set -eu
umask 077
address=$1 bank_id=$2 algorithm=$3 key_file=$4 path=$5
id=${6:-$(openssl rand -hex 16)}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/body"

# The signature over id.timestamp.body, with its mark.
signature() {
  { printf '%s.%s.' "$id" "$1"; cat "$folder/body"; } > "$folder/content"
  case $algorithm in
    hmac)
      secret=$(sed 's/^whsec_//' "$key_file" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
      printf 'v1,'
      openssl dgst -sha256 -mac HMAC -macopt "hexkey:$secret" -binary "$folder/content" | openssl base64 -A ;;
    ed25519)
      printf 'v1a,'
      openssl pkeyutl -sign -inkey "$key_file" -rawin -in "$folder/content" | openssl base64 -A ;;
    *)
      printf 'sm2,'
      openssl pkeyutl -sign -inkey "$key_file" -rawin -in "$folder/content" \
        -digest sm3 -pkeyopt distid:1234567812345678 | openssl base64 -A ;;
  esac
}

if [ "$address" = - ]; then
  signature "${WEBHOOK_TIMESTAMP:-}"
  echo
  exit 0
fi

# Each try has a new time and signature, the same id and the same bytes.
tries=1
while :; do
  timestamp=$(date +%s)
  status=$(curl -s -o "$folder/answer" -w '%{http_code}' "$address/api/v1/bank/$path" \
    -H 'content-type: application/json; charset=utf-8' -H "bank-id: $bank_id" -H "webhook-id: $id" \
    -H "webhook-timestamp: $timestamp" -H "webhook-signature: $(signature "$timestamp")" \
    --data-binary "@$folder/body") || status=000
  case $status in
    000 | 429 | 5*) [ "$tries" -lt 5 ] || break ;;
    *) break ;;
  esac
  sleep $((1 << tries))
  tries=$((tries + 1))
done
printf '%s ' "$status"
cat "$folder/answer" 2> /dev/null || printf 'no answer'
echo
case $status in 2*) exit 0 ;; *) exit 1 ;; esac
