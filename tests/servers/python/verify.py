"""Verifies webhooks with the published library of Standard Webhooks.

    verify.py < LINES

Each line is JSON: {"secret", "headers", "body"}. Prints one line for each: `ok`, or what the library found wrong.
"""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    given = json.loads(line)
    try:
        Webhook(given["secret"]).verify(given["body"], given["headers"])
        print("ok")
    except WebhookVerificationError as error:
        print(error)
