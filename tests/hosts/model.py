"""A model that follows a script, behind the streaming APIs of `dialects.py`, and keeps what reached it."""

import http.server
import json
import re
import threading

from dialects import DIALECTS

WORD = "acedata"
"""What the names of the server's tools have in common, in every host."""


class Model:
    """Makes the calls of a script, one after the other.

    Hosts try again and ask for titles in between. So where it stands is read from the history of each request: the first
    call whose id has no answer there is the next one.
    """

    def __init__(self, script):
        self.script = script
        self.offered = []
        """The names of the tools that the last request offered."""
        self.answers = {}
        """What came of the calls, by their number in the script."""
        self.requests = []
        """All requests, for a person who looks why a host does not get on with this model."""

    def turn(self, dialect, request):
        """The events that answer a request."""
        tools = dialect.tools(request)
        if not tools:
            return dialect.say("A title")
        answers = dialect.answers(request)
        self.offered = list(tools)
        by_name = {name: tool for name, tool in tools.items() if name.endswith(tuple(tool for tool, _ in self.script))}
        if not by_name and "search" not in answers and (search := dialect.search(tools, WORD)):
            return search
        for number, (tool, arguments) in enumerate(self.script):
            call_id = f"call_{number}"
            if call_id in answers:
                self.answers[number] = answers[call_id]
                continue
            found = [by_name[name] for name in by_name if name.endswith(tool)]
            return dialect.call(call_id, found[0], arguments) if found else dialect.say(f"There is no {tool}.")
        return dialect.say("That is all.")


def serve(model, port):
    """Serves a model on loopback, as long as this process lives."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            model.requests.append({"path": self.path, "body": body})
            dialect = next((dialect for dialect in DIALECTS if re.fullmatch(dialect.path, self.path)), None)
            if dialect is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for event, data in model.turn(dialect, body):
                name = f"event: {event}\n" if event else ""
                text = data if isinstance(data, str) else json.dumps(data)
                self.wfile.write(f"{name}data: {text}\n\n".encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
