"""Lets wechatpy do what the lines on standard input say, and answers each with a line. README.md has the protocol."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

# The emulator is on this machine: a proxy that is set for the outside must not be asked.
os.environ["NO_PROXY"] = "127.0.0.1,localhost"

from wechatpy.client import WeChatClient
from wechatpy.client.api import WeChatWxa
from wechatpy.component import WeChatComponent
from wechatpy.exceptions import WeChatClientException


class Driver:
    def __init__(self, platform):
        # All of the live service that wechatpy knows and these calls need.
        base_url = self.base_url = platform["base_url"]
        WeChatComponent.API_BASE_URL = f"{base_url}/cgi-bin"
        WeChatClient.API_BASE_URL = f"{base_url}/cgi-bin/"
        WeChatWxa.API_BASE_URL = f"{base_url}/"
        self.component = WeChatComponent(
            platform["appid"], platform["secret"], platform["token"], platform["encoding_aes_key"]
        )

    def receive(self, query, body):
        message = self.component.parse_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        return message.verify_ticket

    def ticket(self, ticket):
        # The versions keep it under different names.
        for name in (f"{self.component.component_appid}_component_verify_ticket", "component_verify_ticket"):
            self.component.session.set(name, ticket)

    def component_token(self):
        return self.component.access_token

    def pre_auth_code(self):
        return self.component.create_preauthcode()["pre_auth_code"]

    def query_auth(self, code):
        return self.component.query_auth(code)["authorization_info"]["authorizer_appid"]

    def restore(self, merchant, refresh_token):
        self.component.session.set(f"{merchant}_refresh_token", refresh_token)

    def refresh(self, merchant):
        return self.component.get_client_by_appid(merchant).fetch_access_token()["authorizer_access_token"]

    def call(self, merchant, path, body):
        client = self.component.get_client_by_appid(merchant)
        if path == "/cgi-bin/open/create":
            return {"own": "wxa.create_open", "answer": {"open_appid": client.wxa.create_open(merchant)}}
        # One of the versions sends no body at all for an empty one.
        return {"answer": client.post(f"{self.base_url}{path}", data=body or "{}")}

    def together(self, callers, merchant, path, body):
        def one(_):
            try:
                self.call(merchant, path, body)
                return True
            except Exception:
                return False

        with ThreadPoolExecutor(callers) as pool:
            return sum(pool.map(one, range(callers)))

    def encrypt(self, message):
        return self.component.crypto.encrypt_message(message, "1320562132")


def main():
    driver = Driver(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = {"done": getattr(driver, order.pop("do"))(**order)}
        except WeChatClientException as refusal:
            answer = {"code": refusal.errcode, "refused": str(refusal)}
        except RecursionError:
            answer = {"refused": "RecursionError: maximum recursion depth exceeded"}
        except Exception as error:
            answer = {"refused": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
