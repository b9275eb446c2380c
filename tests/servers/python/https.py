"""A server that takes every POST over TLS.

    https.py PORT CERTIFICATE KEY
"""

import http.server
import ssl
import sys


class Taker(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()


port, certificate, key = sys.argv[1:]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(certificate, key)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Taker)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
