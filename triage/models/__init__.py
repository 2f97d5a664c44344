"""The tables. One small file per subject; `Base.metadata` knows them all once this package is imported."""

from triage.models.analysts import Analyst, LoginSession
from triage.models.audit import AuditEntry
from triage.models.base import Base
from triage.models.cases import Case, CaseState, Review
from triage.models.posts import Media, Post, PostMedia, PostState, Tombstone
from triage.models.readings import Reading, ReadingState
from triage.models.scores import Score
from triage.models.sources import Approval, AuthorHandle, Checkpoint, Rejection

__all__ = [
    "Analyst",
    "Approval",
    "AuditEntry",
    "AuthorHandle",
    "Base",
    "Case",
    "CaseState",
    "Checkpoint",
    "LoginSession",
    "Media",
    "Post",
    "PostMedia",
    "PostState",
    "Reading",
    "ReadingState",
    "Rejection",
    "Review",
    "Score",
    "Tombstone",
]
