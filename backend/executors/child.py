"""The child process of one job: `python -m backend.executors.child JOB HOLDER PARENT`."""

import sys
import traceback

from backend.errors import UserError
from backend.jobs import finish, get_job
from backend.processes import die_with_parent
from backend.progress import Progress
from models.tables import JobKind, JobState


def main(job_id: str, holder: str) -> int:
    """Do one job and end it: done, or failed with one sentence and the traceback in the log."""
    job = get_job(job_id)
    progress = Progress(job_id, holder)
    # Imported late: torch takes seconds, and an import that fails belongs in this job's log too.
    try:
        if job.kind == JobKind.FINETUNE:
            from backend.training.job import run_finetune

            run_finetune(str(job.run_id), progress)
        elif job.kind == JobKind.EVALUATE:
            from backend.evaluation import run_evaluation

            run_evaluation(job, progress)
        elif job.kind == JobKind.JUDGE:
            from backend.judging import run_judging

            run_judging(job, progress)
    except UserError as error:
        finish(job_id, holder, JobState.FAILED, str(error))
        return 1
    except Exception as error:
        traceback.print_exc()
        finish(job_id, holder, JobState.FAILED, _plain(error))
        return 1
    finish(job_id, holder, JobState.DONE)
    return 0


def _plain(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == 28:
        return "The disk is full; free some space and retry."
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "Memory ran out; choose a smaller batch or base model and retry."
    return f"Something unexpected went wrong ({type(error).__name__}); the log has the details."


if __name__ == "__main__":
    # A job must not run on when its worker is gone: another will take it up.
    die_with_parent(int(sys.argv[3]))
    sys.exit(main(sys.argv[1], sys.argv[2]))
