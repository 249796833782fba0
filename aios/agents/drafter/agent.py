"""The drafter: the reply to a lead, in the owner's name, from what the documents say."""

from aios.agents.agent import Agent, read_prompt
from aios.agents.drafter.check import check_draft
from aios.agents.drafter.contract import Draft, DrafterInput
from aios.agents.drafter.rules import draft

DRAFTER = Agent(
    name="drafter",
    version="1",
    tier="mid",
    input=DrafterInput,
    output=Draft,
    prompt=read_prompt("aios.agents.drafter"),
    rules=draft,
    check=check_draft,
    max_tokens=2000,
)
