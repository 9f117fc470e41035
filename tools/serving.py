"""A folder's files at an address, as any web server gives them: for the tests, and `make serve`."""

import contextlib
import functools
import http.server
import pathlib
import sys
import threading


class Server(http.server.ThreadingHTTPServer):
    """A thread a request. A reader who leaves a page before it has come is no error to tell of."""

    def handle_error(self, *request):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*request)


class Files(http.server.SimpleHTTPRequestHandler):
    """A folder's files, without a word in the log. For what is missing it sends 404.html, as GitHub's server does."""

    # Whatever Windows says.
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript"}

    def log_message(self, *args):
        pass

    def list_directory(self, path):
        self.send_error(http.HTTPStatus.NOT_FOUND)

    def send_error(self, code, *args):
        asked = pathlib.Path(self.translate_path(self.path))
        folders = [each for each in asked.parents if each.is_relative_to(self.directory)]
        page = next((each / "404.html" for each in folders if (each / "404.html").is_file()), None)
        if code != http.HTTPStatus.NOT_FOUND or not page:
            super().send_error(code, *args)
            return
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.read_bytes())


@contextlib.contextmanager
def files(folder):
    """Serve the files of a folder; give the address."""
    with Server(("127.0.0.1", 0), functools.partial(Files, directory=folder)) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def main(folder, port):
    try:
        served = Server(("127.0.0.1", int(port)), functools.partial(Files, directory=folder))
    except OSError as error:
        sys.exit(f"port {port}: {error.strerror}. Another one: make serve PORT=8001")
    with served, contextlib.suppress(KeyboardInterrupt):
        print(f"{folder} is shown at http://127.0.0.1:{port} until you press Ctrl + C.", flush=True)
        served.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
