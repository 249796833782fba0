"""Quiet hours: whether it is quiet at a moment, and until when, over midnight and changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aios.policies.schema import QuietHours

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def quiet_until(hours: QuietHours | None, now: datetime) -> datetime | None:
    """The moment (UTC) at which the quiet ends that reigns `now`, or None where it is not quiet."""
    if hours is None:
        return None
    moment = now
    for _ in range(16):
        end = _end(hours, moment)
        if end is None:
            return moment.astimezone(UTC) if moment > now else None
        moment = end
    return moment.astimezone(UTC)


def _end(hours: QuietHours, now: datetime) -> datetime | None:
    zone = ZoneInfo(hours.timezone)
    local = now.astimezone(zone)
    today, at = local.date(), local.time()
    if _DAYS[today.weekday()] in hours.whole_days:
        return _moment(today + timedelta(days=1), time(0), zone, now)
    if hours.start < hours.end:
        return _moment(today, hours.end, zone, now) if hours.start <= at < hours.end else None
    if at >= hours.start:
        return _moment(today + timedelta(days=1), hours.end, zone, now)
    return _moment(today, hours.end, zone, now) if at < hours.end else None


def _moment(day: date, at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """That time of day as a moment after `now`: where the clock shows it twice, the second one if the first is over."""
    first, second = (datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first > now else second
