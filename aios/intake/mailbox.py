"""`Mailbox`: reads new mails by IMAP, from where it stopped the last time."""

import time
from datetime import timedelta

import sqlalchemy as sa

from aios.clock import Clock
from aios.connectors.incoming import MEGABYTE, Problem
from aios.connectors.mail.imap import Fetched, ImapFolder
from aios.connectors.mail.parse import MAX_MAIL
from aios.connectors.mail.server import parse_server
from aios.database.engine import Database
from aios.intake.intake import Intake
from aios.intake.receipt import Receipt
from aios.intake.tables import mail_cursors
from aios.settings import Settings

PATIENCE_SECONDS = 20.0
"""A poll takes no further mail after this long; the next one goes on. Dagster gives a sensor's tick a minute."""


class Mailbox:
    """The folder `AIOS_IMAP_FOLDER`. The first time, it is read from `AIOS_IMAP_DAYS` days back, not from its start.

    A mail is marked as read by nobody but its owner; how far aios has come is kept as UIDVALIDITY and UID.
    """

    def __init__(self, settings: Settings, intake: Intake, database: Database, clock: Clock) -> None:
        self.settings = settings
        self.intake = intake
        self.database = database
        self.clock = clock
        self.patience = PATIENCE_SECONDS

    def poll(self) -> list[Receipt]:
        """Take in what is new, until `patience` is over; nothing where no mailbox is set.

        Raises `SoftFailure` or `HardFailure`.
        """
        if self.settings.aios_imap_url is None:
            return []
        receipts: list[Receipt] = []
        until = time.monotonic() + self.patience
        with ImapFolder(self.settings, self.settings.aios_imap_folder) as folder:
            after = self._position(folder.validity)
            since = None if after else (self.clock.now() - timedelta(days=self.settings.aios_imap_days)).date()
            for mail in folder.new_mails(after, since, MAX_MAIL):
                receipts.append(self._receive(mail))
                self._remember(folder.validity, mail.uid)
                if time.monotonic() >= until:
                    break
        return receipts

    def _receive(self, mail: Fetched) -> Receipt:
        if mail.whole:
            return self.intake.receive_mail(mail.raw)
        reason = f"The mail has {mail.size // MEGABYTE} MB; {MAX_MAIL // MEGABYTE} is the limit. Its header is kept."
        remedy = "Read it in your mail program."
        return self.intake.refuse(Problem("mail.eml", reason, remedy, mail.raw, "text/rfc822-headers", mail.size))

    def _name(self) -> str:
        if self.settings.aios_imap_url is None:
            return ""
        server = parse_server("AIOS_IMAP_URL", self.settings.aios_imap_url)
        return f"{server.user}@{server.host}:{server.port}/{self.settings.aios_imap_folder}"[:400]

    def _position(self, validity: int) -> int:
        """The last UID that was read; 0 where the folder is new or the server has numbered it anew."""
        known = sa.select(mail_cursors.c.uid).where(
            mail_cursors.c.mailbox == self._name(), mail_cursors.c.validity == validity
        )
        with self.database.read() as connection:
            return connection.scalar(known) or 0

    def _remember(self, validity: int, uid: int) -> None:
        name = self._name()
        with self.database.write() as tx:
            tx.execute(sa.delete(mail_cursors).where(mail_cursors.c.mailbox == name))
            tx.execute(sa.insert(mail_cursors).values(mailbox=name, validity=validity, uid=uid))
