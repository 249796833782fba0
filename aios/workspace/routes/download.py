"""Downloads of untrusted bytes: always a file to keep, never something the browser shows or runs."""

import re
from urllib.parse import quote

from starlette.responses import Response

_ODD = re.compile(r"[^A-Za-z0-9._ -]+")


def attachment(name: str, data: bytes) -> Response:
    """The bytes as an attachment of unknown type, under a tame name."""
    short = name.replace("/", "_").replace("\\", "_")[-120:] or "file"
    plain = _ODD.sub("_", short)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(short, safe='')}"
    headers = {"Content-Disposition": disposition, "Content-Security-Policy": "sandbox"}
    return Response(data, media_type="application/octet-stream", headers=headers)
