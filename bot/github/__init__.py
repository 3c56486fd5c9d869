"""GitHub's API: every answer a value, every limit obeyed, and nothing deeper sees a dict."""

from .app import App, AppDetails, Delivery, Installation, InstallationDetails, SentDelivery
from .checks import (
    Action,
    Annotation,
    CheckRun,
    CombinedStatus,
    Conclusion,
    Output,
    Progress,
    RequiredCheck,
    Status,
    WorkflowRun,
)
from .features import Feature, OnMissing
from .history import Comparison, GitCommit, Ref, Signature
from .issues import Comment, Content, Edit, Issue, IssueEvent, Label, Reaction
from .limits import Clock, OnWait, WaitPolicy
from .outcomes import (
    Conflict,
    Forbidden,
    GitHubError,
    Gone,
    Invalid,
    MustWait,
    NotFound,
    NotInstalled,
    OutcomeUnknown,
    Unauthorized,
    Unavailable,
    Unsupported,
)
from .pulls import NotMerged, PullRequest, Review
from .replies import User
from .repo import Permission, Repo, RepoDetails
from .waits import LocalWaits, Waits

__all__ = [
    "Action",
    "Annotation",
    "App",
    "AppDetails",
    "CheckRun",
    "Clock",
    "CombinedStatus",
    "Comment",
    "Comparison",
    "Conclusion",
    "Conflict",
    "Content",
    "Delivery",
    "Edit",
    "Feature",
    "Forbidden",
    "GitCommit",
    "GitHubError",
    "Gone",
    "Installation",
    "InstallationDetails",
    "Invalid",
    "Issue",
    "IssueEvent",
    "Label",
    "LocalWaits",
    "MustWait",
    "NotFound",
    "NotInstalled",
    "NotMerged",
    "OnMissing",
    "OnWait",
    "OutcomeUnknown",
    "Output",
    "Permission",
    "Progress",
    "PullRequest",
    "Reaction",
    "Ref",
    "Repo",
    "RepoDetails",
    "RequiredCheck",
    "Review",
    "SentDelivery",
    "Signature",
    "Status",
    "Unauthorized",
    "Unavailable",
    "Unsupported",
    "User",
    "WaitPolicy",
    "Waits",
    "WorkflowRun",
]
