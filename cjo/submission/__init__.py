"""From a workspace to a running job: what `cjo submit` does, as functions."""

from cjo.submission.submit import Job, submit_collect, submit_workspace

__all__ = ["Job", "submit_collect", "submit_workspace"]
