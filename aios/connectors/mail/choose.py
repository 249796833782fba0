"""Which mail connector the settings ask for."""

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.connectors.mail.sandbox import SandboxMail
from aios.connectors.mail.smtp import SmtpMail
from aios.settings import Settings


def mail_connector(settings: Settings, clock: Clock) -> Connector:
    """The sandbox unless `AIOS_MODE=live`."""
    return SmtpMail(settings, clock) if settings.aios_mode == "live" else SandboxMail(settings, clock)
