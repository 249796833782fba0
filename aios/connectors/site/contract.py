"""The contract of the site: articles are files in a folder under git, and each effect is a commit."""

from datetime import timedelta

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.connectors.contract import Contract
from aios.connectors.publishing.operations import operations
from aios.connectors.publishing.sandbox import SandboxArticles
from aios.settings import Settings
from aios.traffic.rates import Rate


def _sandbox(settings: Settings, clock: Clock) -> Connector:
    return SandboxArticles("site", settings, clock)


def _live(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.site.folder import SiteFolder

    return SiteFolder(settings, clock)


SITE = Contract(
    name="site",
    version=1,
    title="Site",
    operations=operations("the trailer Aios-Effect of its commit, which holds the effect's key"),
    rate=Rate(60, timedelta(minutes=1)),
    account=lambda settings: str(settings.aios_site_folder or "site"),
    configured=lambda settings: settings.aios_site_folder is not None,
    sandbox=_sandbox,
    live=_live,
)
