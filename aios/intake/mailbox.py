"""`Mailbox`: reads new mails by IMAP, from where it stopped the last time."""

import time
from datetime import timedelta

import sqlalchemy as sa

from aios.clock import Clock
from aios.connectors.base import Health
from aios.connectors.incoming import MEGABYTE, Problem
from aios.connectors.mail.imap import Fetched, ImapFolder
from aios.connectors.mail.parse import MAX_MAIL
from aios.connectors.mail.server import find_server
from aios.credentials.credentials import Credentials
from aios.credentials.mark import mark_of
from aios.database.engine import Database
from aios.effects.admission import Admission
from aios.errors import CredentialRefused, HardFailure, SoftFailure
from aios.intake.intake import Intake
from aios.intake.receipt import Receipt
from aios.intake.tables import mail_cursors
from aios.settings import Settings

PATIENCE_SECONDS = 20.0
"""A poll takes no further mail after this long; the next one goes on. Dagster gives a sensor's tick a minute."""


ADDRESS = "AIOS_IMAP_URL"

NAME, LIVE = "mailbox", "live"
"""How its breaker and the question about its password are called; what comes in comes from outside in either mode."""


class Mailbox:
    """The folder `AIOS_IMAP_FOLDER`. The first time, it is read from `AIOS_IMAP_DAYS` days back, not from its start.

    A mail is marked as read by nobody but its owner; how far aios has come is kept as UIDVALIDITY and UID.
    """

    def __init__(self, settings: Settings, intake: Intake, database: Database, clock: Clock) -> None:
        self.settings = settings
        self.credentials = Credentials(settings)
        self.intake = intake
        self.database = database
        self.clock = clock
        self.admission = Admission(intake.log, mark_of=lambda _name: mark_of(self.credentials, [ADDRESS]))
        self.patience = PATIENCE_SECONDS

    @property
    def is_set(self) -> bool:
        """Whether there is a mailbox to read."""
        return self.credentials.has(ADDRESS)

    def poll(self) -> list[Receipt]:
        """Take in what is new, until `patience` is over; nothing where no mailbox is set, or it refused us just now.

        Raises `SoftFailure` or `HardFailure`. A refused password is asked about once, and not tried again for a while:
        servers lock accounts.
        """
        if not self.is_set or (held := self.is_held_back()):
            return []
        try:
            receipts = self._read()
        except CredentialRefused as refused:
            with self.database.write() as tx:
                self.admission.refused(tx, NAME, LIVE, refused)
            raise
        if held is None:
            self._release()
        return receipts

    def is_held_back(self) -> bool | None:
        """Whether it refused us just now; None where it is to be tried again: it was a while ago, or with others."""
        with self.database.read() as connection:
            room = self.admission.room(connection, NAME, LIVE)
        return None if room == 1 else room == 0

    def check(self) -> Health:
        """Sign in and open the folder; where that works, reading goes on at once."""
        if not self.is_set:
            return Health(NAME, "off", "no mailbox is read", "Set AIOS_IMAP_URL.")
        try:
            with ImapFolder(self.credentials, self.settings.aios_imap_folder, self.settings.aios_connector_timeout):
                pass
        except (SoftFailure, HardFailure) as failure:
            return Health(NAME, "down", failure.message, failure.remedy)
        if self.is_held_back() is not False:
            self._release()
        return Health(NAME, "ok", f"the folder {self.settings.aios_imap_folder} can be read")

    def _release(self) -> None:
        with self.database.write() as tx:
            self.admission.release(tx, NAME, LIVE)

    def _read(self) -> list[Receipt]:
        receipts: list[Receipt] = []
        until = time.monotonic() + self.patience
        with ImapFolder(self.credentials, self.settings.aios_imap_folder) as folder:
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
        server = find_server(self.credentials, ADDRESS)
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
