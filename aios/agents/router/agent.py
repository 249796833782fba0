"""The router: what kind of message is it?"""

from aios.agents.agent import Agent, read_prompt
from aios.agents.router.contract import RouterInput, Routing
from aios.agents.router.rules import route

ROUTER = Agent(
    name="router",
    version="1",
    tier="small",
    input=RouterInput,
    output=Routing,
    prompt=read_prompt("aios.agents.router"),
    rules=route,
    max_tokens=500,
)
