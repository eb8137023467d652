"""Runs every check of scim2-tester against a server, and prints one JSON line a check.

Arguments: address of the node, its Host header, the bearer token.
"""

import json
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server


def main() -> None:
    node, host, token = sys.argv[1:]
    headers = {"Host": host, "Authorization": f"Bearer {token}"}
    with Client(base_url=f"http://{node}/scim/v2", headers=headers, timeout=30, trust_env=False) as client:
        for result in check_server(SyncSCIMClient(client)):
            told = {
                "check": result.title,
                "resource": result.resource_type,
                "status": result.status.name,
                "reason": str(result.reason or ""),
            }
            if result.status.name not in ("SUCCESS", "COMPLIANT", "ACCEPTABLE", "SKIPPED"):
                told["data"] = str(result.data)[:2000]
            print(json.dumps(told))


main()
