"""Sends one signed message. Python 3.9 or later, standard library alone; Ed25519 and SM2 need the openssl program, version 3.

    python3 send.py <address> <bank-id> <algorithm> <key-file> <path> [webhook-id] < body.json

algorithm: hmac (file holds whsec_...), ed25519 or sm2 (file holds a PEM private key).
path: flows, self-test or heartbeat. With - as address the signature is printed and nothing is sent
(WEBHOOK_TIMESTAMP may then fix the time).
"""
import base64
import hashlib
import hmac
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid

address, bank_id, algorithm, key_file, path = sys.argv[1:6]
webhook_id = sys.argv[6] if len(sys.argv) > 6 else str(uuid.uuid4())
body = sys.stdin.buffer.read()


def signature(timestamp):
    """The signature over id.timestamp.body, with its mark."""
    content = f"{webhook_id}.{timestamp}.".encode() + body
    if algorithm == "hmac":
        with open(key_file) as file:
            secret = base64.b64decode(file.read().strip().removeprefix("whsec_"))
        return "v1," + base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    mark, options = ("v1a", []) if algorithm == "ed25519" else (
        "sm2", ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"])
    with tempfile.NamedTemporaryFile() as file:  # readable by this user alone
        file.write(content)
        file.flush()
        made = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-inkey", key_file, "-rawin", "-in", file.name, *options],
            check=True, capture_output=True).stdout
    return f"{mark},{base64.b64encode(made).decode()}"


def send():
    """One try: a new time and signature, the same id and the same bytes. Gives status, text and Retry-After."""
    timestamp = str(int(time.time()))
    request = urllib.request.Request(f"{address}/api/v1/bank/{path}", data=body, method="POST", headers={
        "content-type": "application/json; charset=utf-8",
        "bank-id": bank_id,
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(timestamp),
    })
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode(), None
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers.get("retry-after")
    except OSError:
        return 0, "no answer", None


if address == "-":
    print(signature(os.environ.get("WEBHOOK_TIMESTAMP", "")))
    sys.exit(0)
for tries in range(1, 6):
    status, text, retry_after = send()
    if status not in (0, 429) and status < 500:
        break
    if tries < 5:
        time.sleep(float(retry_after or 2**tries))
print(status, text)
sys.exit(0 if 200 <= status < 300 else 1)
