"""No credential is found in anything aios writes or shows, however the outside refuses it."""

import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr

from aios.credentials.file import CredentialsFile
from aios.errors import AiosError
from aios.portability.leaving import export
from aios.settings import Settings
from assets.lead_intake import LEAD_INTAKE_CHAIN
from sensors.effects import effects_sensor
from sensors.inbox import mailbox_sensor
from tests.company import Company, found_company
from tests.contracts.carrying import approve
from tests.peers.aimock import Aimock
from tests.peers.imap import DovecotMissing, start_dovecot
from tests.peers.radicale import Radicale
from tests.peers.smtp import SmtpPeer
from tests.scheduler import Scheduler
from tests.traces import in_database, in_files
from tests.workplace import client_of, post

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WORDS = {
    "smtp": "zwiebelkuchen/77",
    "imap": "marmorplatte-81",
    "caldav": "dachgaube@92",
    "openai": "sk-proj-kesselflicker33",
    "webhook": "whsec_a2Vzc2VsZmxpY2tlcg",
    "stripe": "whsec_sprungfeder5512",
    "password": "wetterhahn 4411",
}
SPELT = [*WORDS.values(), "zwiebelkuchen%2F77", "zwiebelkuchen%2f77", "dachgaube%4092", "zwiebelkuchen"]
"""The secrets as they are, and as an address has them."""


PAGES = (
    *("/", "/decisions", "/outbox", "/connectors", "/health", "/cases/lead-0001"),
    *("/api/health", "/api/connectors", "/api/decisions", "/api/effects", "/api/cases/lead-0001"),
)

PEERS_LOG = "mail.log"
"""The mail server's own: it runs in this process."""

SIGNED = {"x-signature-256": "sha256=1", "content-type": "application/json"}


@dataclass
class Said:
    """Everything that was shown to somebody or raised."""

    texts: list[str] = field(default_factory=list)

    def of(self, act: Callable[[], object]) -> None:
        """Do it; what it says, or how it fails, is kept with the whole traceback."""
        try:
            self.texts.append(repr(act()))
        except AiosError as error:
            self.texts += [str(error), repr(error), "".join(traceback.format_exception(error))]


@pytest.fixture
def refusing(home: Path, tmp_path: Path, aimock: Aimock) -> Iterator[Company]:
    """A live company none of whose credentials is accepted: some are in the environment, some in the file."""
    try:
        imap = start_dovecot()
    except DovecotMissing as missing:
        pytest.skip(f"IMAP: {missing}")
    smtp = SmtpPeer(password="another").start()
    calendar = Radicale(tmp_path / "radicale", password="another").start()
    aimock.fixture({"error": {"message": f"Incorrect API key provided: {WORDS['openai']}"}, "status": 401})
    file = CredentialsFile(home / "credentials")
    file.change("AIOS_SMTP_URL", f"smtp://me:zwiebelkuchen%2F77@127.0.0.1:{smtp.port}")
    file.change("AIOS_CALDAV_URL", calendar.address.replace("http://", "http://lena:dachgaube%4092@"))
    file.change("OPENAI_API_KEY", WORDS["openai"])
    company = found_company(
        home,
        aios_mode="live",
        aios_owner_email="mara@nordlicht.example",
        aios_imap_url=SecretStr(f"imap://owner:{WORDS['imap']}@127.0.0.1:{imap.port}"),
        aios_webhook_secret=WORDS["webhook"],
        stripe_webhook_secret=WORDS["stripe"],
        openai_base_url=aimock.base_url,
    )
    yield company
    company.kernel.close()
    for peer in (imap, smtp, calendar):
        peer.stop()


def run_in_dagster(company: Company, home: Path) -> None:
    """A lead is worked on, its reply approved and sent, and the mailbox read, all in Dagster with its logs on disk."""
    case_id = company.mail("Hello, we need a website of six pages. How much does it cost?")
    (home / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(home / "dagster")) as instance:
        instance.add_dynamic_partitions(str(LEAD_INTAKE_CHAIN.partitions.name), [case_id])
        definitions = dg.Definitions(
            assets=[LEAD_INTAKE_CHAIN.assets],
            jobs=[LEAD_INTAKE_CHAIN.job],
            resources={"kernel": dg.ResourceDefinition.hardcoded_resource(company.kernel)},
        )
        job = definitions.resolve_job_def("lead_intake_job")
        assert job.execute_in_process(instance=instance, partition_key=case_id, raise_on_error=False)
        company.answer(case_id)
        company.kernel.clock.advance(seconds=60)
        job.execute_in_process(instance=instance, partition_key=case_id, raise_on_error=False)
        for sensor in (mailbox_sensor, effects_sensor):
            Scheduler(company, instance).tick(sensor)
    [sent] = company.effects(case_id)
    assert sent.state == "buffered" and "535" in sent.reason


def test_no_secret_is_in_database_logs_dagster_export_pages_or_errors(
    refusing: Company, home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    kernel, said = refusing.kernel, Said()
    run_in_dagster(refusing, home)
    appointment = {"title": "Call", "start": "2026-11-05T10:00:00+01:00", "end": "2026-11-05T10:30:00+01:00"}
    approve(kernel.log, kernel.connectors["calendar", "live"], "create", appointment, "calendar.create/x", "lead-0001")
    said.of(lambda: kernel.executor.carry_out("calendar.create/x"))
    said.of(kernel.mailbox.poll)
    for name in ("mail", "calendar"):
        said.of(kernel.connectors[name, "live"].check)
        said.of(lambda name=name: kernel.connectors[name, "live"].look_up("create", appointment, "k"))
    client = client_of(kernel)
    said.texts += [client.get(path).text for path in PAGES]
    said.texts += [post(client, "/connectors/test", connector=name).text for name in ("mail", "calendar")]
    for source in ("stripe", "other"):
        refused = client.post(f"/api/webhooks/{source}", content=b"{}", headers=SIGNED)
        assert refused.status_code == 401
        said.texts.append(refused.text)
    said.of(lambda: Settings(aios_home=home, aios_smtp_url=SecretStr(SPELT[0])))
    said.of(lambda: kernel.settings)
    (tmp_path / "out").mkdir()
    export(kernel, tmp_path / "out" / "company.zip")

    with kernel.database.read() as connection:
        asked = [one.title for one in kernel.decisions.list(connection, status="open")]
    assert {"Mail refuses our credentials", "Calendar refuses our credentials"} <= set(asked)
    (home / "credentials").rename(tmp_path / "kept apart")
    captured = capfd.readouterr()
    logged = [record.getMessage() for record in caplog.records if record.name != PEERS_LOG]
    shown = "\n".join([*said.texts, *logged, captured.out, captured.err])
    assert [word for word in SPELT if word in shown] == []
    assert in_database(kernel.database, SPELT) == []
    assert in_files(home, SPELT) == [] and in_files(tmp_path / "out", SPELT) == []
