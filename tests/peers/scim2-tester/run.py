"""Runs scim2-tester against the SCIM server at the address that is its first argument, with the bearer token that is
its second. Prints every check that did not go well, then how many came out how; ends with 1 if one is an error, or users or groups
were not tried at all.
"""

import collections
import sys

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

base_url, token = sys.argv[1:3]
headers = {"Authorization": f"Bearer {token}"}
with httpx2.Client(base_url=base_url, headers=headers, trust_env=False, timeout=30) as http:
    results = check_server(SyncSCIMClient(http))
# What a check did not take for an error, and what it could not decide, is worth reading too.
for result in results:
    if result.status not in (Status.SUCCESS, Status.SKIPPED):
        print(f"{result.status.name} {result.resource_type or ''} {result.title}: {result.reason}\n  {result.data!r:.2000}")
print(", ".join(f"{status.name} {count}" for status, count in collections.Counter(r.status for r in results).items()))
tested = {result.resource_type for result in results}
sys.exit(not {"User", "Group"} <= tested or any(r.status in (Status.ERROR, Status.CRITICAL) for r in results))
