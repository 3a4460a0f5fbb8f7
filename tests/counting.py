"""A server in the place of Partner Central, which records the requests."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from botocore.config import Config
from evaluation import good

KEYS = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "us-east-1"}
#: The opportunity for which the server returns an error.
UNKNOWN = "O404"
VALIDATION_ERROR = {
    "__type": "com.amazonaws.x#ValidationException",
    "Message": "No.",
    "Reason": "BUSINESS_VALIDATION_FAILED",
    "ErrorList": [{"FieldName": "identifier", "Message": "No.", "Code": "INVALID_VALUE"}],
}


class Answer(BaseHTTPRequestHandler):
    """Records and answers a request."""

    def do_POST(self):
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((operation, body))
        if body.get("Identifier") == UNKNOWN:
            self.answer(400, VALIDATION_ERROR)
        elif len(self.server.requests) <= self.server.failures:
            self.answer(500, {})
        else:
            self.answer(200, good("record") if operation == "GetOpportunity" else {"Id": "O4217"})

    def answer(self, status, content):
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("x-amzn-RequestId", "r-1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server:
    """Records each call and answers it, after a number of failures."""

    def __init__(self, failures=0):
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.requests = self.http.requests = []
        self.http.failures = failures
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))

    def client(self, session=None, **config):
        session = session or boto3.session.Session(**KEYS)
        return session.client("partnercentral-selling", endpoint_url=self.url, config=Config(**config))

    def operations(self):
        return [operation for operation, _ in self.requests]

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()
