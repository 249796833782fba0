"""What the server of `tests.forking` imports: all that its processes run, and one shift that has been worked."""

import tempfile
from pathlib import Path

import openai  # noqa: F401

import tests.contracts.carrying
import tests.undoing  # noqa: F401
from tests.shift import company_at, work

with tempfile.TemporaryDirectory() as folder:
    company = company_at(Path(folder) / "home")
    company.learn()
    company.mail("Hello, we need a website of six pages for our bakery. What does it cost? Ana")
    work(company)
    company.kernel.close()
