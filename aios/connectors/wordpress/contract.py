"""The contract of WordPress: articles are its posts, found by their slug and by the effect's mark in their text."""

from datetime import timedelta

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.connectors.contract import Contract
from aios.connectors.publishing.operations import operations
from aios.connectors.publishing.sandbox import SandboxArticles
from aios.connectors.web import account_label
from aios.credentials.credentials import Credentials
from aios.settings import Settings
from aios.traffic.rates import Rate

SETTING = "AIOS_WORDPRESS_URL"


def _account(settings: Settings) -> str:
    return account_label(settings, SETTING, "wordpress")


def _sandbox(settings: Settings, clock: Clock) -> Connector:
    return SandboxArticles("wordpress", settings, clock)


def _live(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.wordpress.posts import WordPress

    return WordPress(settings, clock)


WORDPRESS = Contract(
    name="wordpress",
    version=1,
    title="WordPress",
    operations=operations(
        "a mark in the post's text, made from the effect's key; found by the slug, or by searching for it",
        "that no post of that slug is published any more",
    ),
    rate=Rate(60, timedelta(minutes=1)),
    account=_account,
    configured=lambda settings: Credentials(settings).has(SETTING),
    sandbox=_sandbox,
    live=_live,
    credentials=(SETTING,),
)
