"""Each delivery by the client's own helper, and none with a changed byte. The deliveries come on standard input."""
import base64
import json
import sys

from videogen import VideoGen

given = json.load(sys.stdin)
client = VideoGen(api_key="x", base_url="http://127.0.0.1:1")
events = []
for one in given["calls"]:
    body = base64.b64decode(one["body"])
    payload = client.verify_webhook_signature(body, one["headers"], given["secret"])
    events.append(payload["event"])
    try:
        client.verify_webhook_signature(body.replace(b"event", b"evenT", 1), one["headers"], given["secret"])
    except Exception:
        continue
    raise AssertionError("a forged body was taken")
print(json.dumps(events))
