"""The qualifier: how good is the lead, what do they want, and what do we still have to ask?"""

from aios.agents.agent import Agent, read_prompt
from aios.agents.qualifier.contract import Qualification, QualifierInput
from aios.agents.qualifier.rules import qualify

QUALIFIER = Agent(
    name="qualifier",
    version="1",
    tier="small",
    input=QualifierInput,
    output=Qualification,
    prompt=read_prompt("aios.agents.qualifier"),
    rules=qualify,
    max_tokens=1000,
)
