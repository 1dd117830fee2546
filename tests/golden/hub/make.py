"""Writes cache.json: what huggingface_hub's cache holds after snapshot_download() of a small repository.

    python make.py                # needs huggingface_hub

The Hub is a server of this script's own on 127.0.0.1 with the files of FILES. cache.json maps each path below the cache
to {"link": target} or {"text": content}; `repository` names each file's content and etag. Locks are left out.
"""

import hashlib
import http.server
import json
import os
import pathlib
import tempfile
import threading

HERE = pathlib.Path(__file__).parent
REPO, COMMIT = "org/tiny", "0123456789abcdef0123456789abcdef01234567"
FILES = {  # name: (content, whether it is a large file, whose etag is its SHA-256)
    "config.json": ('{"model_type": "llama"}', False),
    "generation_config.json": ("{}", False),
    "model.safetensors.index.json": (
        '{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}', False),
    "model-00001-of-00002.safetensors": ("the first shard", True),
    "model-00002-of-00002.safetensors": ("the second shard", True),
    "tokenizer.json": ("{}", False),  # the content of generation_config.json: one blob for both
}


def etag(name):
    content, large = FILES[name]
    digest = hashlib.sha256(content.encode()).hexdigest()
    return digest if large else digest[:40]


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, headers=()):
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.startswith(f"/api/models/{REPO}"):
            siblings = [{"rfilename": name} for name in FILES]
            info = {"id": REPO, "modelId": REPO, "sha": COMMIT, "siblings": siblings, "private": False, "tags": [],
                    "downloads": 0, "likes": 0}
            if "/tree/" in path:
                info = [{"type": "file", "path": name, "size": len(FILES[name][0]), "oid": etag(name)} for name in FILES]
            return self.answer(json.dumps(info).encode(), [("Content-Type", "application/json")])
        name = path.split("/resolve/")[1].split("/", 1)[1]
        headers = [("X-Repo-Commit", COMMIT), ("ETag", f'"{etag(name)}"')]
        if FILES[name][1]:
            headers += [("X-Linked-Etag", f'"{etag(name)}"'), ("X-Linked-Size", str(len(FILES[name][0])))]
        self.answer(FILES[name][0].encode(), headers)

    do_HEAD = do_GET


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update(HF_ENDPOINT=f"http://127.0.0.1:{server.server_port}", HF_HOME=cache, HF_HUB_DISABLE_XET="1",
                          HF_HUB_DISABLE_TELEMETRY="1", NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
        for name in ("HF_TOKEN", "HF_HUB_OFFLINE"):
            os.environ.pop(name, None)
        import huggingface_hub

        cache = pathlib.Path(cache) / "cache"
        huggingface_hub.snapshot_download(REPO, cache_dir=cache, token=False)
        listing = {}
        for path in sorted(cache.rglob("*")):
            name = path.relative_to(cache).as_posix()
            if name.startswith(".locks/") or path.is_dir() and not path.is_symlink():
                continue
            listing[name] = {"link": os.readlink(path)} if path.is_symlink() else {"text": path.read_text()}
    repository = {name: {"content": content, "large": large, "etag": etag(name)}
                  for name, (content, large) in FILES.items()}
    golden = {"huggingface_hub": huggingface_hub.__version__, "commit": COMMIT, "repository": repository,
              "cache": listing}
    (HERE / "cache.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
