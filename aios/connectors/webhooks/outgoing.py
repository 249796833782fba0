"""`Webhooks`: delivers notices to other programs (https://www.standardwebhooks.com), as often as it takes."""

from typing import Any, Literal

from pydantic import SecretStr

from aios.clock import Clock
from aios.connectors.base import Absent, Health, LookUp
from aios.connectors.web import retry_after
from aios.connectors.webhooks.guard import Target, checked_target
from aios.connectors.webhooks.notice import Notice, NoticeReceipt, headers_of, id_of
from aios.credentials.credentials import Credentials
from aios.errors import AiosError, BusinessFailure, HardFailure, SoftFailure
from aios.settings import Settings

SIGNING = "AIOS_WEBHOOK_SIGNING_SECRET"
NOT_NOW = frozenset({408, 423, 425, 429})


class Webhooks:
    """Notices that go out. A receiver takes what comes twice under one `webhook-id` as one, as the standard asks.

    So silence and errors of the other side are no unknown outcome: the same notice goes again, later. What is refused
    for good, or too often, ends as failed, and approving the decision about it sends it again under the same id.
    """

    name = "webhooks"
    mode: Literal["sandbox", "live"] = "live"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.credentials = Credentials(settings)
        self.clock = clock

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Deliver it once; any answer but a success is a failure, soft where a later try may help."""
        notice = Notice.model_validate(request)
        body = notice.body()
        headers = headers_of(key, body, self._secret(), self.clock.now())
        target = checked_target(notice.url, self.settings.private_webhooks)
        status = self._deliver(target, body, headers)
        return NoticeReceipt(id=id_of(key), host=target.host, status=status).model_dump()

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """Nobody can be asked, and nobody needs to: the receiver recognises the id when the notice comes again."""
        return Absent("receivers recognise the webhook-id, so it can be sent again")

    def check(self) -> Health:
        """Whether notices could be signed; where they go is known only when there is one."""
        try:
            headers_of("check", b"{}", self._secret(), self.clock.now())
        except AiosError as error:
            state = "down" if self.credentials.has(SIGNING) else "off"
            return Health(self.name, state, error.message, error.remedy)
        return Health(self.name, "ok", "live: webhooks are signed and delivered")

    def _secret(self) -> SecretStr | None:
        return self.credentials.find(SIGNING)

    def _deliver(self, target: Target, body: bytes, headers: dict[str, str]) -> int:
        """The status of a success. The answer's body is not read: nothing in it matters, and it may be endless."""
        import httpx

        timeout = self.settings.aios_connector_timeout
        try:
            with (
                httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client,
                client.stream(
                    "POST",
                    target.url,
                    content=body,
                    headers={**headers, "host": target.authority, "user-agent": "aios-webhooks/1"},
                    extensions={"sni_hostname": target.host},
                ) as response,
            ):
                if response.status_code < 300:
                    return response.status_code
                raise _refusal(target.host, response.status_code, response.headers.get("retry-after", ""))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error).rstrip(".") or type(error).__name__
            said = f"{target.host} did not take the webhook: {reason}."
            raise SoftFailure(said, f"It is tried again; look after {target.host}.", alone=True) from error


def _refusal(host: str, status: int, wait: str) -> AiosError:
    said = f"{host} answered the webhook with {status}."
    if status in NOT_NOW or status >= 500:
        return SoftFailure(said, f"It is tried again; look after {host}.", retry_after=retry_after(wait), alone=True)
    if status == 410:
        return BusinessFailure(said, "The other program wants no more of these: stop sending them, or send it again.")
    if status < 400:
        return HardFailure(said, "Redirects are not followed; put in the new address, then send it again.")
    return HardFailure(said, "See what the other program objects to, then approve to send it again.")
