"""A job's child process: `python -m backend.worker.child JOB HOLDER PARENT`."""

import sys
import traceback
from contextlib import suppress

from backend.base_models.cards import get_card
from backend.chat.client import is_answering
from backend.db import session, wait_without_end
from backend.errors import UserError
from backend.jobs.progress import Progress
from backend.jobs.queue import LeaseLostError, finish, get_job
from backend.machine.neighbours import making_room
from backend.machine.processes import JOB_OOM_SCORE, die_with_parent, lower_priority, set_oom_score
from backend.redaction import redacted
from backend.runs.queries import get_run
from backend.worker.failures import exit_code_of, message_of
from models.tables import Job, JobKind, JobState


def main(job_id: str, holder: str) -> int:
    """Run a job and store how it ended: done, or failed with a message. Returns the exit code."""
    try:
        job = get_job(job_id)
        _do(job, Progress(job_id, holder))
        finish(job_id, holder, JobState.DONE)
        return 0
    except LeaseLostError as error:
        print(f"{error} This attempt stops.")  # noqa: T201  (its output is the job's log)
        return 1
    except Exception as error:
        return _fail(job_id, holder, error)


def _do(job: Job, progress: Progress) -> None:
    # Imported here, because torch takes seconds and a failed import belongs in the job's log.
    if job.kind == JobKind.FINETUNE:
        _finetune(str(job.run_id), progress)
    elif job.kind == JobKind.EVALUATE:
        from backend.evaluation.run import run_evaluation

        run_evaluation(job, progress)
    elif job.kind == JobKind.JUDGE:
        from backend.evaluation.judging import run_judging

        run_judging(job, progress)
    elif job.kind == JobKind.PRIME:
        from backend.training.priming import run_priming

        run_priming(job, progress)
    elif job.kind == JobKind.PREVIEW:
        from backend.evaluation.preview import run_preview

        run_preview(job, progress)
    elif job.kind == JobKind.PREFLIGHT:
        from backend.training.preflight import run_preflight

        run_preflight(job, progress)


def _finetune(run_id: str, progress: Progress) -> None:
    with session() as db:
        run = get_run(run_id, db)
    if get_card(run.base_model).hosted:  # Trained by its provider, so without torch.
        from backend.training.hosted import run_provider_tuning

        run_provider_tuning(run, progress)
    else:
        from backend.training.run import run_finetune

        run_finetune(run_id, progress)


def _fail(job_id: str, holder: str, error: Exception) -> int:
    """Store an error's message, and return the exit code that says the same on a full disk."""
    message = message_of(error)
    if message != str(error) or not isinstance(error, UserError):
        with suppress(OSError):
            print(redacted(traceback.format_exc()))  # noqa: T201  (the job's log)
    with suppress(Exception):
        finish(job_id, holder, JobState.FAILED, message)
    return exit_code_of(message)


if __name__ == "__main__":
    # The job must not outlive its worker: another one will resume it.
    die_with_parent(int(sys.argv[3]))
    wait_without_end()  # Hours of work must not fail because somebody copies the database.
    set_oom_score(JOB_OOM_SCORE)
    lower_priority()
    with making_room(Progress(sys.argv[1], sys.argv[2]).mark_slowed, is_answering):
        code = main(sys.argv[1], sys.argv[2])
    sys.exit(code)
