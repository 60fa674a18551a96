# ANCHOR: all
import json
import os
from urllib.request import ProxyHandler, Request, build_opener

BASE = os.environ.get("BASE", "http://127.0.0.1:8099")  # in the place of https://api.weixin.qq.com
EMU = f"{BASE}/_emu/v1"  # what the console of the platform and its people do
opener = build_opener(ProxyHandler({}))


def call(url, body=None):
    data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    return json.load(opener.open(Request(url, data, {"Content-Type": "application/json"})))


platform = call(f"{EMU}/components")["components"][0]
appid = platform["component_appid"]
token = call(f"{BASE}/cgi-bin/component/api_component_token", {
    "component_appid": appid,
    "component_appsecret": platform["component_appsecret"],
    "component_verify_ticket": call(f"{EMU}/components/{appid}/ticket")["component_verify_ticket"],
})["component_access_token"]

merchant = call(f"{EMU}/merchants", {})["appid"]
code = call(f"{EMU}/authorizations", {"authorizer_appid": merchant})["auth_code"]
granted = call(f"{BASE}/cgi-bin/component/api_query_auth?access_token={token}", {
    "component_appid": appid,
    "authorization_code": code,
})["authorization_info"]
print(merchant, granted["authorizer_access_token"])
# ANCHOR_END: all
