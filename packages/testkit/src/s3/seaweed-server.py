"""SeaweedFS (master, volume, filer and S3 gateway in one process) on loopback, for tests.

    /usr/bin/python3 seaweed-server.py WEED_PROGRAM DATA_DIR

Prints one JSON line once the S3 gateway answers. Ends on SIGTERM and when its standard input closes; the server goes with it by
SIGKILL, because an orderly stop takes 15 s, and DATA_DIR is removed.
"""
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

WEED, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ACCESS_KEY, SECRET_KEY = "polyreel-tester", "polyreel-tester-secret"
PORT_FLAGS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc")
PORT_FLAGS += ("filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc")
ATTEMPTS, DEADLINE_S = 3, 40


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def write_identities():
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    identity = {"name": "owner", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    path = ROOT + "/identities.json"
    with open(path, "w") as file:
        json.dump({"identities": [identity]}, file)
    return path


def start(ports, identities):
    command = [WEED, "-logtostderr=true", "server", f"-dir={ROOT}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += ["-master.telemetry=false", "-master.volumeSizeLimitMB=256", "-volume.max=0", "-filer", "-s3"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={identities}"]
    command += [f"-s3.localSocket={ROOT}/s3.sock", f"-filer.localSocket={ROOT}/filer.sock"]
    command += [f"-{flag}={port}" for flag, port in ports.items()]
    log = open(ROOT + "/weed.log", "ab")
    # HOME keeps it from reading a configuration of this user; the death signal covers our own death by SIGKILL.
    die_with_parent = lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # noqa: E731
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": ROOT}
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=environment, preexec_fn=die_with_parent
    )


def answers(endpoint):
    try:
        urllib.request.urlopen(endpoint, timeout=2)
        return False  # a gateway that serves strangers is not the one that was configured
    except urllib.error.HTTPError as error:
        return error.code == 403
    except OSError:
        return False


def remove_sockets(ports):
    for kind in ("master", "volume", "filer", "s3"):
        try:
            os.unlink(f"/tmp/seaweedfs-{kind}-grpc-{ports[kind + '.port.grpc']}.sock")
        except FileNotFoundError:
            pass


def run():
    os.makedirs(ROOT + "/data", exist_ok=True)
    identities = write_identities()
    for _ in range(ATTEMPTS):  # another process may take a port between our look and its start
        ports = dict(zip(PORT_FLAGS, free_ports(len(PORT_FLAGS))))
        server = start(ports, identities)
        endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        until = time.monotonic() + DEADLINE_S
        while server.poll() is None and time.monotonic() < until:
            if answers(endpoint):
                return server, ports, endpoint
            time.sleep(0.05)
        server.kill()
        server.wait()
        remove_sockets(ports)
    with open(ROOT + "/weed.log") as log:
        sys.exit("weed did not start: " + log.read()[-3000:])


server, ports, endpoint = run()


def end(code):
    server.kill()
    server.wait()
    remove_sockets(ports)
    shutil.rmtree(ROOT, ignore_errors=True)
    os._exit(code)


signal.signal(signal.SIGTERM, lambda *_: end(0))
version = subprocess.run([WEED, "version"], capture_output=True, text=True).stdout.split("\n")[0]
ready = dict(endpoint=endpoint, region="us-east-1", accessKeyId=ACCESS_KEY, secretAccessKey=SECRET_KEY)
print(json.dumps({**ready, "version": "seaweedfs " + version}), flush=True)
while server.poll() is None:
    if select.select([sys.stdin], [], [], 1)[0]:
        end(0)
sys.stderr.write("weed ended on its own\n")
end(1)
