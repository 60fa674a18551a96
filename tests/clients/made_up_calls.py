"""schemathesis makes up calls from the OpenAPI document and sends them to the emulator.

Reads the line that `tcbctl emu start` prints from standard input; takes the document and the most calls for an operation. Run by
`cargo xtask schemathesis`. Made up are only calls that the document allows: whatever the emulator answers has to fit the document's
schemas, nothing may break it, and by its own judgement no call may be out of line with the catalogue, from which the document is
written. Some values are of the seeded platform, so that not every call is refused.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# The emulator is on this machine: a proxy that is set for the outside must not be asked.
os.environ["NO_PROXY"] = "127.0.0.1,localhost"

import requests

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]


def expect(holds, what):
    if not holds:
        sys.exit(f"schemathesis: {what}")


class Platform:
    """The seeded platform, with tokens of its own and of a merchant."""

    def __init__(self, line):
        self.base_url = line["base_url"].rstrip("/")
        self.admin_url = line["admin_url"].rstrip("/")
        self.appid = line["component_appid"]
        self.secret = line["component_appsecret"]
        self.ticket = self.admin("GET", f"components/{self.appid}/ticket")["component_verify_ticket"]
        self.component_token = self.call(
            "/cgi-bin/component/api_component_token",
            {
                "component_appid": self.appid,
                "component_appsecret": self.secret,
                "component_verify_ticket": self.ticket,
            },
        )["component_access_token"]
        seeded = self.admin("POST", "merchants:seed", {"count": 1, "opened": True})["merchants"][0]
        self.merchant, self.refresh_token = seeded["appid"], seeded["refresh_token"]
        self.merchant_token = self.call(
            "/cgi-bin/component/api_authorizer_token",
            {
                "component_appid": self.appid,
                "authorizer_appid": self.merchant,
                "authorizer_refresh_token": self.refresh_token,
            },
            self.component_token,
        )["authorizer_access_token"]
        self.env = self.call("/tcb/createenvandresource", {"type": "CreatePostpayPackage", "alias": "made-up"}, self.merchant_token)["envid"]
        # The code of another merchant: to exchange it makes a new refresh token.
        other = self.admin("POST", "merchants", {})["appid"]
        self.code = self.admin("POST", "authorizations", {"authorizer_appid": other})["auth_code"]

    def admin(self, method, path, body=None):
        answer = requests.request(method, f"{self.admin_url}/{path}", json=body, timeout=10)
        expect(answer.ok, f"{method} {path} answers {answer.status_code}: {answer.text}")
        return answer.json()

    def call(self, path, body, token=None):
        query = {"access_token": token} if token else {}
        answer = requests.post(self.base_url + path, params=query, json=body, timeout=10).json()
        expect(answer.get("errcode", 0) == 0, f"{path} answers {answer}")
        return answer


def configuration(platform, examples):
    """In a file, because a process list shows what is on a command line."""
    known = {
        "appid": platform.merchant,
        "authorization_code": platform.code,
        "authorizer_appid": platform.merchant,
        "authorizer_refresh_token": platform.refresh_token,
        "component_appid": platform.appid,
        "component_appsecret": platform.secret,
        "component_secret": platform.secret,
        "component_verify_ticket": platform.ticket,
        "env": platform.env,
    }
    # JSON's strings are TOML's.
    text = json.dumps
    lines = [
        f"base-url = {text(platform.base_url)}",
        # The same calls in every run, and all failures of a run.
        "seed = 1",
        "continue-on-failure = true",
        "warnings = false",
        "[generation]",
        # A call that the document does not allow is refused with status 200, as WeChat does it, which schemathesis could not tell.
        'mode = "positive"',
        # Unless told so, it adds members and parameters that the document has not.
        "allow-extra-parameters = false",
        f"max-examples = {examples}",
        "deterministic = true",
        'database = "none"',
        "[cache]",
        "enabled = false",
        "[phases.stateful]",
        "enabled = false",
        "[checks]",
        "enabled = false",
    ]
    lines += [line for check in CHECKS for line in (f"[checks.{check}]", "enabled = true")]
    for scheme, token in ("authorizer", platform.merchant_token), ("component", platform.component_token):
        lines += [f"[auth.openapi.{scheme}]", f"api_key = {text(token)}"]
    for name, value in known.items():
        lines += [f"[dictionaries.{name}]", f"values = [{text(value)}]"]
    lines.append("[parameters]")
    lines += [f'"body.{name}" = {{ dictionary = "{name}", probability = 0.8 }}' for name in known]
    return "\n".join(lines) + "\n"


def main():
    document, examples = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    platform = Platform(json.loads(sys.stdin.readline()))
    operations = platform.admin("GET", "operations")["operations"]
    built = [operation["id"] for operation in operations if operation["status"] != "not_built"]
    expect(built, "the emulator has no operation")

    with tempfile.TemporaryDirectory() as folder:
        configured = Path(folder, "schemathesis.toml")
        configured.touch(mode=0o600)
        configured.write_text(configuration(platform, examples))
        tool = Path(sys.executable).with_name("schemathesis")
        only = [word for id in built for word in ("--include-operation-id", id)]
        # What it leaves behind belongs to the run.
        command = [tool, "--config-file", configured, "run", document, *only]
        outcome = subprocess.run(command, cwd=folder, check=False)
    expect(outcome.returncode == 0, f"it found something, or did not run: {outcome.returncode}")

    # Before all else it probes with a path of its own.
    findings = [one for one in platform.admin("GET", "findings")["findings"] if "schemathesis-probe" not in one["path"]]
    some = json.dumps(findings[:5], ensure_ascii=False)
    expect(not findings, f"the document allows what the catalogue does not: {some}")
    print(f"ok: {len(built)} operations, no call out of line with the catalogue", flush=True)


main()
