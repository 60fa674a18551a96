"""An outside client, wechatpy, goes through the emulator's token chain and opens cloud development for a merchant.

Reads the line that `tcbctl emu start` prints from standard input. Run by `cargo xtask conformance`.
"""

import json
import os
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

# The emulator is on this machine: a proxy that is set for the outside must not be asked.
os.environ["NO_PROXY"] = "127.0.0.1,localhost"

import requests
from wechatpy.client import WeChatClient
from wechatpy.client.api import WeChatCloud, WeChatWxa
from wechatpy.component import WeChatComponent
from wechatpy.exceptions import WeChatClientException

WAITING_FOR_CONSENT = -601049


class Platform:
    """The seeded platform and the emulator's admin API."""

    def __init__(self, line):
        self.base_url = line["base_url"].rstrip("/")
        self.admin_url = line["admin_url"].rstrip("/")
        self.appid = line["component_appid"]
        self.secret = line["component_appsecret"]
        self.token = line["token"]
        self.encoding_aes_key = line["encoding_aes_key"]

    def admin(self, method, path, body=None):
        answer = requests.request(method, f"{self.admin_url}/{path}", json=body, timeout=10)
        expect(answer.ok, f"{method} {path} answers {answer.status_code}: {answer.text}")
        return answer.json()

    def ticket(self):
        return self.admin("GET", f"components/{self.appid}/ticket")["component_verify_ticket"]


class Receiver:
    """A callback URL on a free port, which answers `success` and keeps what was pushed."""

    def __init__(self):
        pushes = self.pushes = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                pushes.put((body, query))
                self.send_response(200)
                self.send_header("Content-Length", "7")
                self.end_headers()
                self.wfile.write(b"success")

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/callback"


def expect(holds, what):
    if not holds:
        sys.exit(f"conformance: {what}")


def done(what):
    print(f"ok: {what}", flush=True)


def main():
    platform = Platform(json.loads(sys.stdin.readline()))

    # All of the live service that wechatpy knows and this run needs.
    WeChatComponent.API_BASE_URL = f"{platform.base_url}/cgi-bin"
    WeChatClient.API_BASE_URL = f"{platform.base_url}/cgi-bin/"
    WeChatWxa.API_BASE_URL = f"{platform.base_url}/"
    WeChatCloud.API_BASE_URL = f"{platform.base_url}/"

    component = WeChatComponent(platform.appid, platform.secret, platform.token, platform.encoding_aes_key)
    component.session.set(f"{platform.appid}_component_verify_ticket", platform.ticket())
    token = component.fetch_access_token()
    expect(token["component_access_token"] and token["expires_in"] == 7200, "component token: unexpected answer")
    done("component token from the ticket")

    merchant = platform.admin("POST", "merchants", {})["appid"]
    code = platform.admin("POST", "authorizations", {"authorizer_appid": merchant})["auth_code"]
    granted = component.query_auth(code)["authorization_info"]
    expect(granted["authorizer_appid"] == merchant, "the code was exchanged for another account")
    done("merchant's tokens from the authorisation code")

    client = component.get_client_by_appid(merchant)
    refreshed = client.fetch_access_token()
    expect(refreshed["authorizer_access_token"] != granted["authorizer_access_token"], "refreshing gave the old token")
    expect(client.access_token == refreshed["authorizer_access_token"], "the client keeps the old token")
    done("new access token from the refresh token")

    expect(client.wxa.create_open(merchant), "createOpenAccount: no appid")
    done("createOpenAccount")

    # wechatpy has no method for this call; its cloud API posts to any path below its base.
    try:
        client.cloud._post("tcb/createclouduser", data={})
        expect(False, "createCloudUser: the administrator was not asked")
    except WeChatClientException as refusal:
        expect(refusal.errcode == WAITING_FOR_CONSENT, f"createCloudUser: {refusal}")
    for prompt in platform.admin("GET", "prompts")["prompts"]:
        platform.admin("POST", f"prompts/{prompt['id']}:approve")
    opened = client.cloud._post("tcb/createclouduser", data={})
    expect(opened.get("errcode", 0) == 0, f"createCloudUser: {opened}")
    done("createCloudUser, after the administrator agreed")

    receiver = Receiver()
    platform.admin("PUT", f"components/{platform.appid}/callback", {"url": receiver.url})
    platform.admin("POST", f"components/{platform.appid}/ticket:push")
    body, query = receiver.pushes.get(timeout=10)
    pushed = component.parse_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    expect(pushed.type == "component_verify_ticket", f"an unexpected push: {pushed.type}")
    expect(pushed.verify_ticket == platform.ticket(), "the pushed ticket is not the emulator's newest")
    done("a pushed ticket, decrypted")

    findings = platform.admin("GET", "findings")["findings"]
    expect(not findings, f"the emulator found fault with wechatpy's requests: {json.dumps(findings)}")
    done("no request out of line with the catalogue")


main()
