"""The kinds of text that requests to connectors are made of, each made safe as it is read."""

from typing import Annotated

from pydantic import AfterValidator

from aios.connectors.mail.address import checked_address, one_line
from aios.text import clean

Line = Annotated[str, AfterValidator(one_line)]
"""One line, without control characters."""

Words = Annotated[str, AfterValidator(clean)]
"""Text of any number of lines."""

Address = Annotated[str, AfterValidator(checked_address)]
"""A mail address in its normal form."""
