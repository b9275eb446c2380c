#!/usr/bin/env python3
"""A provider of rates in the shape of exchangerate-api.com: at every second another rate. Each time that it has told is a
line of FILE.

usage: feed.py PORT FILE
"""

import http.server
import json
import sys
import time

PORT, FILE = int(sys.argv[1]), sys.argv[2]
KEY = "Bearer sesame-of-the-provider"


class Feed(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.headers.get("Authorization") != KEY:
            self.answer(403, {"result": "error", "error-type": "invalid-key"})
            return
        now = int(time.time())
        rates = {"USD": 1, "EUR": round(0.9 + now % 100 / 1e5, 5), "GBP": 0.78, "JPY": round(150 + now % 50 / 1e3, 3)}
        times = {"time_last_update_unix": now, "time_next_update_unix": now}
        self.answer(200, {"result": "success", **times, "base_code": "USD", "conversion_rates": rates})
        with open(FILE, "a") as told:
            told.write(f"{now}\n")

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Feed).serve_forever()
