"""Calendar: the owner's appointments, by CalDAV."""
