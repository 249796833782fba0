"""Signed words of the server: the session after sign-in, and the token that every form carries."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from aios.clock import Clock, from_text, to_text

SESSION = timedelta(days=7)
"""How long a sign-in lasts."""


@dataclass(frozen=True)
class Tokens:
    """Signs and reads them. A session ends with its time, or when the password changes."""

    secret: str
    password: str
    clock: Clock

    def new_session(self) -> str:
        """A session for somebody who has just given the password."""
        until = to_text(self.clock.now() + SESSION)
        return str(self._sessions().dumps({"id": secrets.token_hex(16), "until": until}))

    def session_id(self, cookie: str) -> str:
        """The id of a session that still holds, else empty."""
        try:
            session = self._sessions().loads(cookie)
        except BadSignature:
            return ""
        return str(session["id"]) if from_text(session["until"]) > self.clock.now() else ""

    def form_token(self, session_id: str) -> str:
        """The token of every form of a session; another site can neither read nor make it."""
        return str(URLSafeSerializer(self.secret, salt="form").dumps(session_id))

    def is_form_token(self, token: str, session_id: str) -> bool:
        """Whether the token is ours and of this session."""
        return secrets.compare_digest(token.encode(), self.form_token(session_id).encode())

    def is_password(self, given: str) -> bool:
        """Whether it is the owner's password, in a time that does not tell how much of it is right."""
        digests = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (given, self.password))
        return bool(self.password) and secrets.compare_digest(*digests)

    def _sessions(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret + hashlib.sha256(self.password.encode()).hexdigest(), salt="session")
