"""Times written for people. Pure."""


def format_time(seconds: float) -> str:
    """Return a time in a video as 1:02:03.45."""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{minutes:02d}:{rest / 100:05.2f}"
    return f"{hours}:{tail}" if hours else tail


def format_remaining(seconds: float | None) -> str:
    """Return a text for the remaining time, "" for an unknown one."""
    if seconds is None:
        return ""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s left"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s left"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min left"
