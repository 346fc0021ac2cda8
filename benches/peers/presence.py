"""A whole poll cycle by Microsoft's SDK for Python, as its documentation has it: one client, the
ids in requests of at most 650, so many at a time, every answer made objects. And the same with
what the SDK itself sends by (httpx), the answers made dictionaries.

In: one JSON object on stdin (graph_base, token, ids, chunk, parallel, rounds by way). Out: one on
stdout: by way, for every round the seconds that passed (wall), those of the processor (cpu), and
how many presences were read. The benchmark `cycle` starts it: see run.sh.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import httpx
from azure.core.credentials import AccessToken
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.communications.get_presences_by_user_id.get_presences_by_user_id_post_request_body import (
    GetPresencesByUserIdPostRequestBody,
)

Ask = Callable[[list[str]], Awaitable[int]]


class Token:
    """A token that is there: to get one is no part of a cycle."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self.token, int(time.time()) + 3600)


def by_sdk(task: dict) -> Ask:
    provider = AzureIdentityAuthenticationProvider(Token(task["token"]), scopes=["x/.default"])
    # The simulator is no host of Microsoft's, to which alone it would show the token.
    hosts = provider.access_token_provider.get_allowed_hosts_validator()
    hosts.is_url_host_valid = lambda _: True
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = task["graph_base"]
    graph = GraphServiceClient(request_adapter=adapter)

    async def ask(ids: list[str]) -> int:
        body = GetPresencesByUserIdPostRequestBody(ids=ids)
        answer = await graph.communications.get_presences_by_user_id.post(body)
        return sum(1 for one in answer.value if one.id and one.availability and one.activity)

    return ask


def by_httpx(task: dict) -> Ask:
    client = httpx.AsyncClient(
        headers={"Authorization": f"Bearer {task['token']}"}, trust_env=False, timeout=100
    )
    url = f"{task['graph_base']}/communications/getPresencesByUserId"

    async def ask(ids: list[str]) -> int:
        answer = await client.post(url, json={"ids": ids})
        entries = answer.raise_for_status().json()["value"]
        return sum(1 for one in entries if one["id"] and one["availability"] and one["activity"])

    return ask


async def cycle(ask: Ask, task: dict) -> int:
    turn = asyncio.Semaphore(task["parallel"])

    async def one(ids: list[str]) -> int:
        async with turn:
            return await ask(ids)

    ids, chunk = task["ids"], task["chunk"]
    chunks = [ids[at : at + chunk] for at in range(0, len(ids), chunk)]
    return sum(await asyncio.gather(*map(one, chunks)))


async def measured(ask: Ask, task: dict, rounds: int) -> dict:
    await ask(task["ids"][:10])  # not counted: modules are imported, connections made
    result = {"wall": [], "cpu": [], "read": []}
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        read = await cycle(ask, task)
        result["wall"].append(time.perf_counter() - wall)
        result["cpu"].append(time.process_time() - cpu)
        result["read"].append(read)
    return result


async def main() -> None:
    task = json.load(sys.stdin)
    ways = {"sdk": by_sdk, "httpx": by_httpx}
    rounds = task["rounds"]
    said = {way: await measured(ways[way](task), task, rounds[way]) for way in rounds}
    json.dump(said, sys.stdout)


asyncio.run(main())
