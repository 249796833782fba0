"""Preferences: what was learned from the owner's corrections."""

from aios.memory.preferences import switch_off, switch_on
from aios.workspace.api.calls import Answer, TheKernel, new_router, problems
from aios.workspace.api.figures import DistanceOut
from aios.workspace.reading import preferences

router = new_router("preferences")


class ChangedOut(Answer):
    """A draft that would be another without the preference."""

    case_id: str
    version: int
    at: str


class PreferenceOut(Answer):
    """A preference, the decisions it was learned from, the drafts it changed, the edit distance before and since."""

    id: str
    says: str
    topic: str
    value: str
    template: str
    version: int
    in_force: bool
    since: str
    changed_at: str
    reason: str
    decisions: list[str]
    changed: list[ChangedOut]
    before: DistanceOut
    after: DistanceOut


class PreferenceList(Answer):
    """Preferences, those in force first."""

    preferences: list[PreferenceOut]


@router.get("/preferences", summary="List preferences")
def list_preferences(kernel: TheKernel) -> PreferenceList:
    """Every preference there ever was."""
    with kernel.database.read() as connection:
        found = preferences.read_all(connection)
    return PreferenceList(preferences=[PreferenceOut.model_validate(one) for one in found])


@router.get("/preferences/{preference_id}", summary="Read a preference", responses=problems(404, 422))
def get_preference(preference_id: str, kernel: TheKernel) -> PreferenceOut:
    """One preference with where it comes from and what it changed."""
    with kernel.database.read() as connection:
        return PreferenceOut.model_validate(preferences.read_one(connection, preference_id))


@router.post("/preferences/{preference_id}/off", summary="Switch a preference off", responses=problems(404, 409, 422))
def switch_preference_off(preference_id: str, kernel: TheKernel) -> PreferenceOut:
    """Drafts follow it no more; 409 where it is off."""
    switch_off(kernel.log, preference_id)
    return get_preference(preference_id, kernel)


@router.post("/preferences/{preference_id}/on", summary="Switch a preference on", responses=problems(404, 409, 422))
def switch_preference_on(preference_id: str, kernel: TheKernel) -> PreferenceOut:
    """Drafts follow it again; 409 where it is on."""
    switch_on(kernel.log, preference_id)
    return get_preference(preference_id, kernel)
