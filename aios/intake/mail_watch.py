"""`MailWatch`: waits at the mail server, and takes new mail in as soon as the server tells of it (IDLE, RFC 2177)."""

import logging
import select
import socket
import threading

from aios.connectors.mail.imap import ImapFolder
from aios.errors import HardFailure, SoftFailure
from aios.intake.mailbox import Mailbox

ASK_ANEW = 25 * 60.0
"""Seconds after which the waiting is renewed; a server may end it after half an hour, and some routers sooner."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds until the next try where the connection drops, doubled each time it does so again."""

WITHOUT_IDLE = 3600.0
"""Seconds until a server that cannot wait is asked again whether it can."""

logger = logging.getLogger(__name__)


class MailWatch:
    """One connection that waits in a thread of its own. The polls go on beside it, and alone where it cannot wait.

    Without it, a mail would wait for the next poll, up to twenty seconds.
    """

    def __init__(self, mailbox: Mailbox, ask_anew: float = ASK_ANEW, first_pause: float = FIRST_PAUSE) -> None:
        self.mailbox = mailbox
        self.ask_anew = ask_anew
        self.first_pause = first_pause
        self.waits = 0
        self._end, self._ended = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="mail watch", daemon=True)

    def start(self) -> "MailWatch":
        """Begin to wait."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Sign off at the server, and end."""
        self._end.sendall(b".")
        self._thread.join(self.mailbox.settings.aios_connector_timeout)
        if not self.is_running:
            self._end.close()
            self._ended.close()

    @property
    def is_running(self) -> bool:
        """Whether the thread is there still."""
        return self._thread.is_alive()

    def _run(self) -> None:
        pause = self.first_pause
        while not self._is_over(0):
            before = self.waits
            try:
                rest = self._watch() if self.mailbox.is_held_back() is False else LONGEST_PAUSE
            except (SoftFailure, HardFailure) as failure:  # the poll meets the same, and says so to the owner
                logger.info("The mailbox is only polled for a while: %s", failure.message)
                pause = self.first_pause if self.waits > before else min(2 * pause, LONGEST_PAUSE)
                rest = pause
            except Exception:
                logger.exception("The mailbox is only polled for a while.")
                rest = LONGEST_PAUSE
            self._is_over(rest)

    def _watch(self) -> float:
        """Wait until it is over; where the server cannot wait, how long to leave it at the polls."""
        settings = self.mailbox.settings
        with ImapFolder(self.mailbox.credentials, settings.aios_imap_folder, settings.aios_connector_timeout) as folder:
            while not self._is_over(0):
                if not folder.offers_idle:
                    return WITHOUT_IDLE
                news = folder.wait(self._ended, self.ask_anew)
                self.waits += 1
                if news and not self._is_over(0):
                    self.mailbox.poll()
        return 0.0

    def _is_over(self, seconds: float) -> bool:
        """Whether it is to end, at the latest after so many seconds."""
        return bool(select.select([self._ended], [], [], seconds)[0])
