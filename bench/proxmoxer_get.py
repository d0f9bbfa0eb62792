"""Makes so many GETs with proxmoxer, and says how long it took and how much processor time: for bench/client.mjs."""
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import urllib3
from proxmoxer import ProxmoxAPI

urllib3.disable_warnings()
task = json.loads(sys.argv[1])
user, token_name = task["tokenId"].split("!")
host = task["url"].removeprefix("https://")
api = ProxmoxAPI(host, user=user, token_name=token_name, token_value=task["tokenSecret"], verify_ssl=False)


def run(count):
    with ThreadPoolExecutor(task["width"]) as pool:
        list(pool.map(lambda _: api.version.get(), range(count)))


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


run(100)
before, begun = cpu(), time.monotonic()
run(task["count"])
seconds = time.monotonic() - begun
print(json.dumps({"perSecond": task["count"] / seconds, "cpuMsPerThousand": (cpu() - before) * 1e6 / task["count"]}))
