"""schemathesis makes up calls from the OpenAPI document and sends them to the emulator.

Reads where the emulator is from standard input; takes the document, the most calls for an operation, and a part of the paths that are
meant. Run by `cargo xtask schemathesis`. Sent are the official samples and calls that are made up, all of which the document allows:
whatever the emulator answers has to fit the document's schemas, nothing may break it, and by its own judgement no call may be out of
line with the catalogue, from which the document is written. The platform and its merchant have one of everything that a call can name,
and calls name it, so that not every call is refused: nearly every operation has to succeed at least once.
"""

import json
import os
import re
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

# What things are called, and those that are there to be deleted.
THING, GONE = "made-up", "gone"
# An archive without a file.
ZIP = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="

# Operations with samples whose calls delete what they name.
DELETING = ["/tcb/databasecollectiondelete", "/tcb/batchdeletefile", "/componenttcb/deletescf", "/componenttcb/batchdeletefile"]

# Operations that need not succeed, and why no call does that is made up.
NEVER = {
    "getFuntionLink": "the code of a merchant's function is uploaded past the API",
    "createSendSmsTask": "its file is uploaded as an extension's",
    "callbackCheck": "the platform has no callback URL",
    "getBindOpenAccountEntity": "unbindOpenAccount comes before it",
}

# schemathesis escapes what is not ASCII, and WeChat refuses escapes.
UNESCAPED = """
import json

import schemathesis


@schemathesis.serializer("application/json")
def unescaped(ctx, value):
    if isinstance(value, bytes):
        return value
    return json.dumps(value, ensure_ascii=False, default=lambda file: bytes(file).decode()).encode()
"""


def expect(holds, what):
    if not holds:
        sys.exit(f"schemathesis: {what}")


class Platform:
    """The seeded platform, with tokens of its own and of a merchant, and something of each kind that calls name."""

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
        # With all permission sets that an operation asks for.
        seeding = {"count": 1, "opened": True, "permission_sets": list(range(1, 100))}
        seeded = self.admin("POST", "merchants:seed", seeding)["merchants"][0]
        self.merchant, self.refresh_token = seeded["appid"], seeded["refresh_token"]
        self.merchant_secret = self.admin("GET", f"merchants/{self.merchant}/secret")["appsecret"]
        self.merchant_token = self.call(
            "/cgi-bin/component/api_authorizer_token",
            {
                "component_appid": self.appid,
                "authorizer_appid": self.merchant,
                "authorizer_refresh_token": self.refresh_token,
            },
            self.component_token,
        )["authorizer_access_token"]
        # The code of another merchant: to exchange it makes a new refresh token.
        other = self.admin("POST", "merchants", {})["appid"]
        self.code = self.admin("POST", "authorizations", {"authorizer_appid": other})["auth_code"]
        self.furnish()

    def furnish(self):
        """An environment of the merchant and a shared one of the platform, each with functions, collections, records and files."""
        own, batch = self.merchant_token, self.component_token
        self.admin("PUT", f"components/{self.appid}/batch", {"opened": True})
        self.env = self.call("/tcb/createenvandresource", {"type": "CreatePostpayPackage", "alias": THING}, own)["envid"]
        self.shared = self.call("/componenttcb/createenv", {"alias": THING, "EnvType": "run"}, batch)["env"]
        # It is set up once somebody has looked.
        self.call("/componenttcb/describeenvs", {}, batch)
        self.call("/componenttcb/createstaticstore", {"env": self.shared}, batch)
        self.files, self.shared_files = {}, {}
        for name in THING, GONE:
            collection, record = {"collection_name": name}, {"query": f'db.collection("{name}").add({{data: [{{_id: "1", a: 1}}]}})'}
            self.call("/tcb/createfunction", {"env": self.env, "function_name": name}, own)
            self.call("/componenttcb/batchuploadscf", {"functionname": name, "envs": [self.shared], "zipfile": ZIP}, batch)
            self.call("/tcb/databasecollectionadd", {"env": self.env} | collection, own)
            self.call("/tcb/databaseadd", {"env": self.env} | record, own)
            self.call("/componenttcb/dbcollection", {"env": self.shared} | collection, batch, "add")
            self.call("/componenttcb/dbrecord", {"env": self.shared} | record, batch, "insert")
            self.files[name] = self.upload("/tcb/uploadfile", self.env, name, own)
            self.shared_files[name] = self.upload("/componenttcb/uploadfile", self.shared, name, batch)
        self.admin("PUT", "scripts", {"scripts": [{"function": THING, "answer": "{}"}]})
        export = {"env": self.env, "file_path": "export", "file_type": 1, "query": f'db.collection("{THING}").get()'}
        self.job = self.call("/tcb/databasemigrateexport", export, own)["job_id"]
        export["env"] = self.shared
        self.shared_job = self.call("/componenttcb/dbexport", export, batch)["job_id"]
        self.admin("POST", "console-environments", {"env": "console-1"})
        self.console = "console-1"
        self.open_account = self.call("/cgi-bin/open/create", {"appid": self.merchant}, own)["open_appid"]
        # A refused call, which can be looked up.
        refused = requests.post(f"{self.base_url}/componenttcb/deletescf", params={"access_token": batch}, json={}, timeout=10).json()
        self.rid = refused["errmsg"].rpartition("rid: ")[2]

    def upload(self, path, env, name, token):
        link = self.call(path, {"env": env, "path": name}, token)
        form = {
            "key": name,
            "Signature": link["authorization"],
            "x-cos-security-token": link["token"],
            "x-cos-meta-fileid": link["cos_file_id"],
        }
        answer = requests.post(link["url"], data=form, files={"file": (name, b'{"a": 2}')}, timeout=10)
        expect(answer.ok, f"an upload is answered with {answer.status_code}: {answer.text}")
        return link["file_id"]

    def admin(self, method, path, body=None):
        answer = requests.request(method, f"{self.admin_url}/{path}", json=body, timeout=10)
        expect(answer.ok, f"{method} {path} answers {answer.status_code}: {answer.text}")
        return answer.json()

    def call(self, path, body, token=None, action=None):
        query = {"access_token": token, "action": action}
        query = {name: value for name, value in query.items() if value}
        answer = requests.post(self.base_url + path, params=query, json=body, timeout=10).json()
        expect(answer.get("errcode", 0) == 0, f"{path} answers {answer}")
        return answer


def known(platform, path):
    """Values of members that calls of a path may have."""
    batch = path.startswith("/componenttcb/")
    name = GONE if path in DELETING else THING
    env = platform.shared if batch else platform.env
    file = (platform.shared_files if batch else platform.files)[name]
    # Calls that either token may carry are made with the platform's.
    of_platform = "/component/" in path or path == "/cgi-bin/clear_quota"
    return {
        "appid": platform.appid if of_platform else platform.merchant,
        "appsecret": platform.secret if of_platform else platform.merchant_secret,
        "authorization_code": platform.code,
        "authorizer_appid": platform.merchant,
        "authorizer_refresh_token": platform.refresh_token,
        "cgi_path": "/componenttcb/createenv",
        "collection_name": name,
        "component_appid": platform.appid,
        "component_appsecret": platform.secret,
        "component_secret": platform.secret,
        "component_verify_ticket": platform.ticket,
        "env": platform.console if path == "/tcb/modifyenv" else env,
        "env_id": env,
        "EnvId": env,
        "envs": [env],
        "fileid": file,
        "fileid_list": [file],
        "file_path": THING,
        "funcname": name,
        "function_name": name,
        "functionname": name,
        "job_id": platform.shared_job if batch else platform.job,
        "hashed_payload": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "name": name,
        "open_appid": platform.open_account,
        "resource_appid": platform.merchant,
        "rid": platform.rid,
        "zipfile": ZIP,
    }


def name_what_is_there(sample, values, top=True):
    """An official sample, with what is there in place of what its author had."""
    if isinstance(sample, list):
        return [name_what_is_there(one, values, False) for one in sample]
    if not isinstance(sample, dict):
        return sample
    named = {}
    for member, value in sample.items():
        if member == "query" and isinstance(value, str):
            named[member] = re.sub(r"collection\((['\"]).*?\1\)", f'collection("{THING}")', value)
        elif member in values and (top or member in ("EnvId", "env", "fileid")):
            named[member] = values[member]
        else:
            named[member] = name_what_is_there(value, values, False)
    return named


def furnished(document, platform):
    """The document, whose samples name what is there."""
    for path, item in document["paths"].items():
        values = known(platform, path)
        for operation in item.values():
            if not isinstance(operation, dict):
                continue
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for sample in content.get("examples", {}).values():
                    sample["value"] = name_what_is_there(sample["value"], values)
            for parameter in operation.get("parameters", []):
                for sample in parameter.get("examples", {}).values():
                    sample["value"] = values.get(parameter["name"], sample["value"])
    return document


def configuration(platform, paths, examples):
    """In a file, because a process list shows what is on a command line."""
    # JSON's strings are TOML's.
    text = json.dumps
    lines = [
        f"base-url = {text(platform.base_url)}",
        # The same calls in every run, and all failures of a run.
        "seed = 1",
        "continue-on-failure = true",
        "warnings = false",
        # Narrow schemas make it throw away much of what it makes up, and a busy machine makes it slow; neither is a fault.
        'suppress-health-check = ["filter_too_much", "too_slow"]',
        'hooks = "unescaped"',
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
    dictionaries, operations = {}, []
    for path in paths:
        # A list is no value of a dictionary.
        values = {name: value for name, value in known(platform, path).items() if not isinstance(value, list)}
        operations += ["[[operations]]", f"include-path = {text(path)}", "[operations.parameters]"]
        for name, value in values.items():
            dictionary = dictionaries.setdefault((name, value), f"{name}-{len(dictionaries)}")
            for place in "body", "query":
                operations.append(f'"{place}.{name}" = {{ dictionary = "{dictionary}", probability = 0.8 }}')
    for (_, value), name in dictionaries.items():
        lines += [f"[dictionaries.{name}]", f"values = [{text(value)}]"]
    return "\n".join(lines + operations) + "\n"


def main():
    document, examples, *only = Path(sys.argv[1]).resolve(), int(sys.argv[2]), *sys.argv[3:]
    platform = Platform(json.loads(sys.stdin.readline()))
    operations = platform.admin("GET", "operations")["operations"]
    meant = [one for one in operations if all(part in one["path"] for part in only)]
    built = [one for one in meant if one["status"] != "not_built"]
    expect(built, "the emulator has no such operation")
    document.write_text(json.dumps(furnished(json.loads(document.read_text()), platform)))

    with tempfile.TemporaryDirectory() as folder:
        configured = Path(folder, "schemathesis.toml")
        configured.touch(mode=0o600)
        configured.write_text(configuration(platform, sorted({one["path"] for one in built}), examples))
        Path(folder, "unescaped.py").write_text(UNESCAPED)
        tool = Path(sys.executable).with_name("schemathesis")
        included = [word for one in built for word in ("--include-operation-id", one["id"])]
        # What it leaves behind belongs to the run.
        command = [tool, "--config-file", configured, "run", document, *included]
        outcome = subprocess.run(command, cwd=folder, check=False)
    expect(outcome.returncode == 0, f"it found something, or did not run: {outcome.returncode}")

    # Before all else it probes with a path of its own.
    findings = [one for one in platform.admin("GET", "findings")["findings"] if "schemathesis-probe" not in one["path"]]
    some = json.dumps(findings[:5], ensure_ascii=False)
    expect(not findings, f"the document allows what the catalogue does not: {some}")

    counters = platform.admin("GET", "counters")
    never = [one["id"] for one in built if one["id"] not in counters["executed"]]
    surprising = {id: counters["refused"].get(id) for id in never if id not in NEVER}
    expect(not surprising, f"no call succeeded, whatever was made up: {json.dumps(surprising)}")
    print(f"ok: {len(built)} operations, {len(built) - len(never)} of them with success; no call out of line with the catalogue", flush=True)


main()
