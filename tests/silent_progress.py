"""Progress of work that belongs to no job."""

from backend.jobs.progress import Progress


class SilentProgress(Progress):
    """Reports to nobody and holds no lease."""

    def __init__(self) -> None:
        pass

    def confirm(self, db: object) -> None:
        pass

    def report(self, stage: str, done: int = 0, total: int = 0) -> None:
        pass
