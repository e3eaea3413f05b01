"""Ends with 0 when the server answers; a server whose worker thread died is found by the workers, who see it do nothing."""

import sys
import urllib.request

try:
    with urllib.request.urlopen("http://127.0.0.1:8188/prompt", timeout=8) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except OSError:
    sys.exit(1)
