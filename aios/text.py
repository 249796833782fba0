"""Text from outside, made safe to keep: no NUL, no lone surrogates, no endless length."""


def clean(text: str, limit: int = 200_000) -> str:
    """The text with NUL and undecodable parts as U+FFFD and line ends as `\\n`, cut at `limit` characters."""
    safe = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
    return safe.replace("\r\n", "\n").replace("\r", "\n")[:limit]
