"""The server's own secret, with which it signs sessions and form tokens."""

import os
import secrets
from pathlib import Path


def server_secret(home: Path) -> str:
    """The secret kept in `secret.key` of the home, made at the first call and readable by its owner alone."""
    file = home / "secret.key"
    home.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".secret.{secrets.token_hex(8)}")
    if not file.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # another process was first: its secret is as good as ours
        finally:
            draft.unlink()
    return file.read_text("ascii").strip()
