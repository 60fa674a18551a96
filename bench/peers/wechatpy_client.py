"""wechatpy as a client that the benchmark can drive: `wechatpy_client.py BASE_URL`.

It prints a greeting and then answers each line `IN_FLIGHT CALLS` with what the calls took, one JSON object in a line.
"""

import importlib.metadata
import json
import sys
import threading
import time

from wechatpy.component import WeChatComponent

MERCHANT = "wx0123456789abcdef"
BODY = {
    "env": "shop-prod-1a2b3c4d5e6f7g8h",
    "function_name": "nightly-report-of-orders-and-refunds-of-tuesday",
}


def make_client(base_url):
    component = WeChatComponent("wx00platform0bench", "appsecret", "token", "A" * 43)
    component.session.set(f"{MERCHANT}_access_token", "61_" + "0" * 134)
    component.session.set(f"{MERCHANT}_refresh_token", "refreshtoken@@@" + "0" * 43)
    client = component.get_client_by_appid(MERCHANT)
    client.API_BASE_URL = base_url
    return client


def share_out(client, in_flight, each):
    """Lets each of the threads make `each` calls, and gives what each call took in nanoseconds."""
    nanos = [[] for _ in range(in_flight)]

    def make_calls(took):
        for _ in range(each):
            begun = time.perf_counter_ns()
            # An error code would be an exception.
            client.post("/tcb/createfunction", data=BODY)
            took.append(time.perf_counter_ns() - begun)

    threads = [threading.Thread(target=make_calls, args=(took,)) for took in nanos]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(nano for took in nanos for nano in took)


def rss_bytes():
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def main():
    client = make_client(sys.argv[1])
    versions = (importlib.metadata.version("wechatpy"), sys.version.split()[0])
    print(json.dumps({"is": "wechatpy %s, Python %s" % versions}), flush=True)
    for line in sys.stdin:
        in_flight, calls = map(int, line.split())
        share_out(client, in_flight, 2)
        cpu, begun = time.process_time(), time.perf_counter()
        nanos = share_out(client, in_flight, -(-calls // in_flight))
        sample = {
            "seconds": time.perf_counter() - begun,
            "cpu_seconds": time.process_time() - cpu,
            "calls": len(nanos),
            "p50_micros": nanos[len(nanos) // 2] / 1e3,
            "p99_micros": nanos[(len(nanos) - 1) * 99 // 100] / 1e3,
            "rss_bytes": rss_bytes(),
        }
        print(json.dumps(sample), flush=True)


main()
