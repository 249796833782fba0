"""The composition root for Dagster: joins assets, sensors and resources. Everything else is imported from here."""

import dagster as dg

from aios.agents.language import language_of
from assets.chains import CHAINS, jobs
from assets.finance import (
    booking_reviews,
    finance_days,
    finance_days_job,
    finance_months,
    finance_months_job,
)
from assets.hygiene import memory_hygiene, memory_hygiene_job, semantic_index, semantic_index_job
from assets.memory import episodic_log, episodic_log_job
from assets.reminder import reminders, reminders_job
from resources.kernel import KernelResource
from sensors.effects import effects_sensor
from sensors.episodes import episodic_log_schedule
from sensors.events import events_sensor
from sensors.finance import finance_days_schedule, finance_months_schedule, finance_sensor
from sensors.hygiene import memory_hygiene_schedule, semantic_index_schedule
from sensors.inbox import address_book_sensor, inbox_sensor, mailbox_sensor
from sensors.paid import paid_sensor
from sensors.payments import payments_sensor
from sensors.reminders import overdue_sensor, reminders_schedule
from sensors.stranded import stranded_sensor
from sensors.upkeep import upkeep_sensor

defs = dg.Definitions(
    assets=[
        *(chain.assets for chain in CHAINS.values()),
        episodic_log,
        semantic_index,
        memory_hygiene,
        finance_days,
        finance_months,
        booking_reviews,
        reminders,
    ],
    jobs=[
        *jobs(),
        episodic_log_job,
        semantic_index_job,
        memory_hygiene_job,
        finance_days_job,
        finance_months_job,
        reminders_job,
    ],
    sensors=[
        inbox_sensor,
        mailbox_sensor,
        address_book_sensor,
        payments_sensor,
        paid_sensor,
        events_sensor,
        effects_sensor,
        overdue_sensor,
        stranded_sensor,
        upkeep_sensor,
        finance_sensor,
    ],
    schedules=[
        episodic_log_schedule,
        semantic_index_schedule,
        memory_hygiene_schedule,
        finance_days_schedule,
        finance_months_schedule,
        reminders_schedule,
    ],
    resources={"kernel": KernelResource()},
    executor=dg.in_process_executor,
)


def warm_up() -> None:
    """Load what nearly every run needs and takes a while: the model that tells languages apart."""
    language_of("A few words that are in none of the lists")
