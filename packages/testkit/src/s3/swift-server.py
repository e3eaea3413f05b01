"""OpenStack Swift with its S3 API, all four services in one process on loopback, for tests.

    /usr/bin/python3 swift-server.py DATA_DIR [PORT]

Prints one JSON line once it answers. Ends on SIGTERM and when its standard input closes, so it cannot outlive its parent;
then it removes DATA_DIR.
Needs Debian's python3-swift; a newer Swift comes first when PYTHONPATH names its folder.
"""
import json
import os
import shutil
import signal
import socket
import sys
import time
from array import array

ROOT = os.path.abspath(sys.argv[1])  # Swift wants absolute paths in its configuration
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 0
SERVICES = ("account", "container", "object", "proxy")
# The S3 access key is ACCOUNT:NAME. The guest has a key but no rights.
USERS = {"test_tester": "testing .admin", "test_guest": "guest-secret", "other_owner": "other-secret .admin"}

os.makedirs(ROOT + "/devices/d1", exist_ok=True)


def write(name, text):
    with open(os.path.join(ROOT, name), "w") as file:
        file.write(text)


# Must point away from /etc/swift before any other part of Swift is loaded.
write("swift.conf", "[swift-hash]\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = default\ndefault = yes\n")
from swift.common import utils  # noqa: E402

utils.SWIFT_CONF_FILE = ROOT + "/swift.conf"
from swift.common import wsgi  # noqa: E402

utils.eventlet_monkey_patch()
import eventlet  # noqa: E402
import eventlet.debug  # noqa: E402
import eventlet.hubs  # noqa: E402
import eventlet.wsgi  # noqa: E402
import swift  # noqa: E402
from swift.common.ring import RingData  # noqa: E402

eventlet.debug.hub_exceptions(False)


class LocalCache:
    """tempauth refuses to work without a memcache client; one process can do with a dictionary."""

    def __init__(self):
        self.entries = {}

    def get(self, key, *_args, **_kwargs):
        value, expires = self.entries.get(key, (None, 0))
        return value if expires > time.time() else None

    def set(self, key, value, *_args, **kwargs):
        self.entries[key] = (value, time.time() + (kwargs.get("time") or 3600))

    def delete(self, key, *_args, **_kwargs):
        self.entries.pop(key, None)

    def incr(self, key, delta=1, **kwargs):
        value = (self.get(key) or 0) + delta
        self.set(key, value, **kwargs)
        return value


CACHE = LocalCache()


def cache_factory(_global_conf, **_conf):
    def wrap(app):
        def call(env, start_response):
            env["swift.cache"] = CACHE
            return app(env, start_response)

        return call

    return wrap


def log_to_stderr(_conf, _name, _console, _route, _format, logger, _adapted):
    import logging

    if not any(type(handler) is logging.StreamHandler for handler in logger.handlers):
        logger.addHandler(logging.StreamHandler(sys.stderr))


def object_server():
    """Objects on disk need extended attributes; where the file system has none they are kept in memory."""
    try:
        os.setxattr(ROOT + "/devices", "user.probe", b"1")
        return "object"
    except OSError:
        return "mem_object"


COMMON = f"""[DEFAULT]
swift_dir = {ROOT}
devices = {ROOT}/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = ERROR
log_custom_handlers = __main__.log_to_stderr
"""
FILTERS = {
    "catch_errors": "",
    "gatekeeper": "",
    "healthcheck": "",
    "listing_formats": "",
    "cache": None,
    "s3api": "location = us-east-1\n",
    "tempauth": "".join(f"user_{name} = {secret}\n" for name, secret in USERS.items()),
    "bulk": "",
    "copy": "",
    "slo": "",
    "versioned_writes": "allow_versioned_writes = true\n",
    "symlink": "",
}


def proxy_conf():
    sections = [COMMON, "[pipeline:main]\npipeline = " + " ".join([*FILTERS, "proxy-server"]) + "\n"]
    sections.append("[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n")
    for name, settings in FILTERS.items():
        source = "paste.filter_factory = __main__:cache_factory\n" if settings is None else f"use = egg:swift#{name}\n{settings}"
        sections.append(f"[filter:{name}]\n{source}")
    return "".join(sections)


def backend_conf(name, engine):
    return COMMON + f"[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{engine}\n"


def save_ring(name, port):
    """One device, one replica, two partitions."""
    device = dict(id=0, region=1, zone=1, weight=1.0, device="d1", meta="", ip="127.0.0.1", port=port)
    device.update(replication_ip="127.0.0.1", replication_port=port)
    RingData([array("H", [0, 0])], [device], 31).save(f"{ROOT}/{name}.ring.gz")


def serve(name, sock):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # without it each small answer waits 40 ms
    app = wsgi.loadapp(f"{ROOT}/{name}.conf", global_conf={"log_name": name})
    eventlet.spawn(
        eventlet.wsgi.server,
        sock,
        app,
        wsgi.NullLogger(),
        protocol=wsgi.SwiftHttpProtocol,
        custom_pool=eventlet.GreenPool(1024),
        socket_timeout=60,
        capitalize_response_headers=False,
    )


engine = object_server()
sockets = {name: eventlet.listen(("127.0.0.1", PORT if name == "proxy" else 0), backlog=512) for name in SERVICES}
for name in SERVICES[:3]:
    save_ring(name, sockets[name].getsockname()[1])
for name, sock in sockets.items():
    write(name + ".conf", proxy_conf() if name == "proxy" else backend_conf(name, engine if name == "object" else name))
    serve(name, sock)


def end(*_):
    shutil.rmtree(ROOT, ignore_errors=True)
    os._exit(0)


signal.signal(signal.SIGTERM, end)
ready = dict(
    endpoint="http://127.0.0.1:%d" % sockets["proxy"].getsockname()[1],
    region="us-east-1",
    accessKeyId="test:tester",
    secretAccessKey="testing",
    version="swift " + swift.__version__,
)
print(json.dumps(ready), flush=True)
eventlet.hubs.trampoline(0, read=True)  # comes back when the parent closes our standard input, or is gone
end()
